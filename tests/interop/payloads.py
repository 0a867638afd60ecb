"""What `hookctl send` makes, against the public descriptions of the providers' payloads.

- GitHub: every event against its JSON Schema in npm's @octokit/webhooks-schemas.
- Airtable, ElevenLabs, LiveKit, Moralis, Polar, Stripe and others: their SDKs read each event when they verify it, so what
  they could not read would have been refused there.
"""

import base64
import json

from hookctl import Failed

SCHEMAS = "node/node_modules/@octokit/webhooks-schemas/schema.json"

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
    problems = [error for error in validator.iter_errors(payload) if not (error.instance is None and error.path[-1] in newer)]
    if problems:
        raise Failed("\n".join(f"{'/'.join(map(str, error.path))}: {error.message[:300]}" for error in problems))


def made(hookctl, provider, event):
    """Headers and body of the event as it would be sent."""
    line = hookctl.run("send", provider, event, "--dry-run", "--json").exited(0).one("request")
    body = base64.b64decode(line["body_base64"]) if "body_base64" in line else line["body"].encode()
    return dict(line["headers"]), body
