"""What `hookctl send` makes, against the public descriptions of the providers' payloads.

- GitHub: every event against its JSON Schema in npm's @octokit/webhooks-schemas.
- Shopify: every event against its JSON Schema in npm's shopify-webhook-schemas, which were inferred from samples.
- Stripe, Slack, Discord and others: against the types of their SDKs, in types/types.mjs.
- Airtable, ElevenLabs, LiveKit, Moralis, Polar, Stripe and others: their SDKs read each event when they verify it, so what
  they could not read would have been refused there.
"""

import base64
import json

from hookctl import Failed

SCHEMAS = "node/node_modules/@octokit/webhooks-schemas/schema.json"
SHOPIFY = "node/node_modules/shopify-webhook-schemas/schemas"

# Newer than the package, which is of 2024: these are null where there is none.
NULL_IN_NEWER = {
    "deployment_status.created": {"check_run", "workflow", "workflow_run"},
    "installation.created": {"requester"},
}


def add_checks(suite):
    if "github" in suite.events:
        schema = json.loads((suite.cache / SCHEMAS).read_text())
        definitions = open_to_more(schema["definitions"])
        for event in suite.events["github"]:
            suite.tally.add("github: payloads by their schemas", event, fits_schema, suite.hookctl, definitions, event)

    if "shopify" in suite.events:
        for event in suite.events["shopify"]:
            suite.tally.add("shopify: payloads by their schemas", event, fits_samples, suite, event)


def fits_samples(suite, event):
    """What the samples had is there, and of the same kinds."""
    from jsonschema import Draft202012Validator

    headers, body = made(suite.hookctl, "shopify", event)
    schema = suite.cache / SHOPIFY / headers["X-Shopify-API-Version"] / f"{event}.json"
    problems = Draft202012Validator(json.loads(schema.read_text())).iter_errors(json.loads(body))
    report(error for error in problems if not more_than_the_samples(error))


def more_than_the_samples(error):
    """Samples show some of what there may be: no empty field, whole numbers alone, lists with nothing in them."""
    if error.validator in ("type", "anyOf"):
        return error.instance is None or (error.schema.get("type") == "integer" and isinstance(error.instance, float))
    return error.validator == "items" and error.schema["items"] is False


def report(problems):
    told = [f"{'/'.join(map(str, error.path))}: {error.message[:300]}" for error in problems]
    if told:
        raise Failed("\n".join(told))


def open_to_more(schema):
    """The schema without its ban on other keys: GitHub adds keys all the time, and the package stands still."""
    if isinstance(schema, dict):
        return {key: open_to_more(value) for key, value in schema.items() if (key, value) != ("additionalProperties", False)}
    return [open_to_more(each) for each in schema] if isinstance(schema, list) else schema


def fits_schema(hookctl, definitions, event):
    from jsonschema import Draft7Validator

    headers, body = made(hookctl, "github", event)
    payload, kind = json.loads(body), headers["X-GitHub-Event"]
    names = [f"{kind}${payload.get('action')}", f"{kind}$event", f"{kind}_event"]
    name = next((name for name in names if name in definitions), None)
    if not name:
        raise Failed(f"the package has no schema for {kind}")
    validator = Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})
    newer = NULL_IN_NEWER.get(event, ())
    report(error for error in validator.iter_errors(payload) if not (error.instance is None and error.path[-1] in newer))


def made(hookctl, provider, event):
    """Headers and body of the event as it would be sent."""
    line = hookctl.run("send", provider, event, "--dry-run", "--json").exited(0).one("request")
    body = base64.b64decode(line["body_base64"]) if "body_base64" in line else line["body"].encode()
    return dict(line["headers"]), body
