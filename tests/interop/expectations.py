"""Where hookctl and an SDK judge differently, and why that is as it should be.

Each entry: the SDKs, the words that tell the case (labels of mutations.py, the age of the request, `header: its changed value`,
or what the SDK said), and the reason. An entry of STRICTER excuses hookctl's no beside an SDK's yes; one of SDK_STRICTER the other way round.
`*` stands for all SDKs; a provider's name alone for its SDKs in both languages.
"""

import re

SPELLINGS = "value_unpadded|value_cut|value_longer|value_of_url_alphabet|value_spaced"

STRICTER = [
    # Of two headers, servers take the first, the last, or both joined, and SDKs what they are given. Whoever sends two does
    # not do what the provider does, so hookctl accepts neither.
    ("*", "header_twice|header_twice_wrong", "a header that is signed or carries a signature is there twice"),
    # Whether a time is too far ahead. The documentation of these speaks of old requests only; replays need no future.
    ("cloudinary elevenlabs hubspot mux slack:npm stripe workos:npm", r"age_-\d+", "the SDK looks into the past only"),
    # The documentation asks for a window, the SDK leaves it to the caller.
    ("twitch pusher:npm replicate:npm", r"age_-?\d+|own_body_\d", "the SDK looks at no time"),
    ("google-pubsub:npm", r"age_\d+", "the SDK lets tokens be older by its clock skew of 5 minutes"),
    ("livekit messagebird atlassian-connect:PyPI", r"age_-?\d+", "the SDK lets the clocks be apart; hookctl knows its own clock"),
    # One signature has one spelling.
    ("box:npm chargebee clerk google-pubsub line:npm messagebird plaid livekit netlify openai replicate resend:npm sendgrid telnyx twilio:npm",
     SPELLINGS, "the SDK's base64 skips what is none"),
    ("gocardless:npm twitch:npm notion", SPELLINGS, "the SDK's hex skips what is none"),
    ("atlassian-connect:PyPI vonage:PyPI", SPELLINGS, "the SDK adds what padding there may be, and skips what is too much"),
    ("openai:npm", "value_reordered", "the SDK takes a signature without its version, and its base64 skips what is none"),
    ("contentful:npm", "x-contentful-signed-headers: .*", "the SDK lists the signed headers anew, in an order of its own"),
    ("elevenlabs mercadopago mux sanity slack:npm stripe workos", f"{SPELLINGS}|value_reordered", "the SDK skips pairs and spaces that it does not know"),
    ("discord gocardless:npm linear notion twitch:npm vonage", "value_upper", "the SDK reads hex in any case"),
    ("meta:PyPI openai", "value_without_prefix", "the SDK does without the prefix"),
    ("dropbox-sign:PyPI", "body_cut", "the adapter's reader of multipart forms does without their last line"),
    ("supabase", "value_spaced", "the library splits at spaces, Supabase's header has them behind commas only"),
    ("replicate:PyPI resend:PyPI workos", "value_of_other_version", "the SDK does not look at the version"),
    ("replicate:PyPI resend:PyPI", r"\w+-signature: (?!v1,).*", "the same"),
    ("workos", r"workos-signature: (?!t=\w+, v1=).*", "the SDK goes by the place of the time and the signature, not by their names"),
    ("atlassian-connect google-pubsub livekit messagebird netlify vonage", "value_without_prefix|value_of_other_version",
     "what the adapter, not the SDK, takes from Authorization"),
    ("clerk contentful:npm gitlab hubspot:npm openai polar resend standard-webhooks stytch supabase svix zoom", "value_number_rewritten|value_longer",
     "the SDK signs the number that it read, not its text"),
    # The SDK parses and prints the body again before it hashes it, so it does not see such changes; hookctl hashes bytes.
    ("moralis workos:npm zoom", "body_newline|body_printed_again|body_bom", "the SDK hashes what it prints"),
    ("adyen aws-sns clerk dropbox-sign mailgun pusher stripe:npm", "body_bom", "the SDK takes a mark off the body that was not signed"),
]  # fmt: skip

SDK_STRICTER = [
    # The proof is right, and the SDK goes on to read the event, of which hookctl judges nothing.
    ("*", r"said:.*(JSON|[Pp]arse|payload|ValidationError|is not valid|[Ee]xpecting value|KeyError: 'events')", "the SDK reads the event, too"),
    ("airtable:PyPI", "said:.*UnicodeEncodeError", "the SDK takes ASCII only, which is what Airtable sends"),
    ("cashfree coinbase-commerce easypost:npm gocardless:npm mandrill moralis workos:npm zoom:npm", r"own_body_\d", "the SDK reads the event, or prints it again"),
    ("moralis workos:npm zoom:npm", "body_printed_again", "the SDK hashes what it prints"),
    ("mandrill", "method_changed", "Django reads forms from POST only"),
    ("github:PyPI telegram:PyPI", "said:.*(content-type|403)", "the SDK wants a content type that proves nothing"),
    ("stripe:npm", "said:.*secureCompare must receive two arguments", "the SDK throws at an empty signature beside the right one"),
    ("shopify", "said:.*missing_headers", "the SDK wants headers that prove nothing"),
    # Several schemes in one request: hookctl is content with any, as a receiver is that knows them all.
    ("github hubspot meta plivo", "header_dropped|header_empty|header_twice|header_twice_wrong", "the request is still signed by another scheme"),
    ("mercadopago:npm", "query: data.id=1", "the adapter, not the SDK, takes the last of two"),
    ("box", "value_.*|header_.*", "the SDK was given no secondary key; the secondary signature is still right"),
    # `iat` a moment ahead is no reason to refuse by RFC 7519; hookctl judges it where a scheme says so.
    ("atlassian-connect:PyPI google-pubsub plaid:npm vonage:PyPI", "said:.*(not yet valid|too early|too far in future|in the past)", "the SDK refuses tokens from the future"),
]  # fmt: skip


def is_expected(provider, sdk, labels, said, stricter):
    """Whether an entry excuses the difference: `stricter` where hookctl says no and the SDK yes."""
    names = {"*", provider, f"{provider}:{sdk}"}
    words = [*labels, f"said: {said}"]
    for sdks, pattern, _ in STRICTER if stricter else SDK_STRICTER:
        whole = re.compile(f"(?:{pattern}){'.*' if pattern.startswith('said:') else ''}", re.DOTALL)
        if names & set(sdks.split()) and any(whole.fullmatch(word) for word in words):
            return True
    return False
