//! What is said about each cause: a sentence, the fix, and how common frameworks do it right.

use super::cause::Cause;
use super::written::Language;

/// What a person is told about a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// What happened, in a sentence.
    pub explanation: &'static str,
    /// What to do, in a sentence.
    pub fix: &'static str,
    /// How it is done in a framework: its name, and a line or two of code.
    pub code: &'static [(&'static str, &'static str)],
}

/// Reading the body before anything parses it, as each framework has it.
const RAW_BODY: &[(&str, &str)] = &[
    ("express", "app.post('/hook', express.raw({ type: '*/*' }), handler)  // req.body"),
    ("Next.js", "const body = await req.text()  // not req.json()"),
    ("NestJS", "NestFactory.create(App, { rawBody: true })  // then req.rawBody"),
    ("Next.js pages", "export const config = { api: { bodyParser: false } }"),
    ("Fastify", "await app.register(rawBody)  // fastify-raw-body; then req.rawBody"),
    ("Flask", "body = request.get_data()  # before request.json"),
    ("Django", "body = request.body  # bytes; not request.POST"),
    ("FastAPI", "body = await request.body()  # take the Request, not a model"),
    ("Rails", "body = request.raw_post"),
    ("Laravel", "$body = $request->getContent();"),
    ("Symfony", "$body = $request->getContent();"),
    ("Spring", "@PostMapping void hook(@RequestBody byte[] body)"),
    ("ASP.NET", "var ms = new MemoryStream(); await Request.Body.CopyToAsync(ms);"),
    ("Go net/http", "body, err := io.ReadAll(r.Body)  // before json.NewDecoder"),
    ("gin", "body, err := c.GetRawData()  // not c.BindJSON"),
    ("axum", "async fn hook(headers: HeaderMap, body: Bytes)  // not Json<T>"),
    ("actix", "async fn hook(req: HttpRequest, body: web::Bytes)"),
    ("Cloudflare Workers", "const body = await request.text();"),
];

const GATEWAY: &[(&str, &str)] = &[
    ("AWS Lambda", "Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8')"),
    ("Lambda, Python", "base64.b64decode(event['body']) if event['isBase64Encoded'] else …"),
    ("API Gateway", "binaryMediaTypes decides which bodies come as base64"),
    ("Mangum", "body = await request.body()  # decoded; not event['body']"),
];

const ADDRESS: &[(&str, &str)] = &[
    ("express", "app.set('trust proxy', true)  // for req.protocol, req.hostname"),
    ("Flask", "app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1, x_prefix=1)"),
    ("Django", "USE_X_FORWARDED_HOST = True  # and SECURE_PROXY_SSL_HEADER"),
    ("Rails", "config.action_dispatch.trusted_proxies = [...]; request.original_url"),
    ("Laravel", "TrustProxies: protected $proxies = '*';"),
    ("Spring", "server.forward-headers-strategy=framework"),
    ("ASP.NET", "app.UseForwardedHeaders(new() { ForwardedHeaders = All });"),
    ("nginx", "proxy_set_header Host $host;  # and X-Forwarded-Proto $scheme"),
];

const SECRET: &[(&str, &str)] = &[
    ("shell", "printf %s 'SECRET' > secret.txt  # echo adds a newline"),
    ("Kubernetes", "kubectl create secret generic hooks --from-literal=SECRET=..."),
    ("Docker", "--env-file keeps quotes: write SECRET=abc, not SECRET=\"abc\""),
    ("Node", "process.env.SECRET.trim()"),
];

/// How common frameworks do it right: those of the language that is concerned come first.
pub fn code(cause: Cause, language: Option<Language>) -> Vec<(&'static str, &'static str)> {
    let all = advice(cause).code;
    let is_first = |name: &str| language.is_some_and(|language| language.frameworks().contains(&name));
    let (first, rest): (Vec<_>, Vec<_>) = all.iter().copied().partition(|(name, _)| is_first(name));
    [first, rest].concat()
}

/// What is said about a cause.
#[expect(clippy::too_many_lines, reason = "a table")]
pub fn advice(cause: Cause) -> Advice {
    let plain = |explanation, fix| Advice { explanation, fix, code: &[] };
    let with = |code, explanation, fix| Advice { explanation, fix, code };
    match cause {
        Cause::BodyReserialized => with(
            RAW_BODY,
            "The body was parsed and written again: the same JSON, but not the bytes that were signed.",
            "Verify the raw bytes of the request, before anything parses them.",
        ),
        Cause::BodyNewlineLost => with(
            RAW_BODY,
            "The newline at the end of the body was lost.",
            "Keep the body byte for byte; do not trim or strip it, and do not read it by lines.",
        ),
        Cause::BodyNewlineAdded => with(
            &[
                ("shell", "printf %s \"$BODY\" > body.json  # echo and editors add a newline"),
                ("curl", "curl --data-binary @body.json  # -d drops newlines"),
            ],
            "The body has a newline at its end that was not signed: an editor or echo adds one.",
            "Keep the body byte for byte when it is saved or passed on.",
        ),
        Cause::BodyLineEndings => with(
            &[("git", "*.json -text  # in .gitattributes, so that fixtures keep their line endings")],
            "The line endings were changed between LF and CRLF.",
            "Open files in binary mode, and keep git and editors from converting them.",
        ),
        Cause::BodyTrimmed => with(
            RAW_BODY,
            "White space around the body was lost or added.",
            "Do not trim the body; some providers sign a final CRLF.",
        ),
        Cause::BodyBom => plain(
            "A byte order mark in front of the body was added or removed.",
            "Read and write the body as bytes; in .NET take new UTF8Encoding(false), in PowerShell -Encoding utf8NoBOM.",
        ),
        Cause::BodyCharset => with(
            RAW_BODY,
            "The body was decoded with one character encoding and encoded with another.",
            "Hash the bytes that arrived, not text that was decoded and encoded again.",
        ),
        Cause::BodyCompressed => plain(
            "The signature is over the other one of compressed and decompressed body.",
            "Verify before a proxy or middleware unpacks the body (or after, if the provider signs what is inside).",
        ),
        Cause::BodyBase64 => with(
            GATEWAY,
            "The body was in base64 where it was verified: gateways and queues encode bodies.",
            "Decode the body before verifying, when the platform says that it is base64.",
        ),
        Cause::BodyFormDecoded => with(
            RAW_BODY,
            "The form was decoded and encoded again: the same fields, but not the bytes that were signed.",
            "Verify the raw body before the form is parsed.",
        ),
        Cause::BodyUnicodeForm => plain(
            "The text was normalised: composed and decomposed characters look alike and are other bytes.",
            "Keep the body as bytes; a database or file system may normalise text.",
        ),
        Cause::BodyWrapped => with(
            GATEWAY,
            "What was captured is an envelope: the signed body is a part of it.",
            "Take the inner body out, as text and unchanged, and verify that.",
        ),
        Cause::BodyParsedForm => with(
            RAW_BODY,
            "The body was a form when it was signed (or JSON that became a form).",
            "Verify the raw body, before a framework turns it into fields or JSON.",
        ),
        Cause::BodyTruncated => plain(
            "The body is shorter than Content-Length says: part of it is missing.",
            "Look at size limits of proxies, body parsers and log lines; capture the whole body.",
        ),
        Cause::BodyEmpty => with(
            RAW_BODY,
            "There is no body on one side: it was read before and is gone, or it never came along.",
            "A body that was read once is gone in many frameworks: read it once, as bytes, and hand it on.",
        ),
        Cause::SecretPrefix => plain(
            "The prefix of the secret is used by one side and not by the other.",
            "Take the secret as this provider's documentation says: some strip the prefix before use, some do not.",
        ),
        Cause::SecretNotDecoded => plain(
            "The key is what the secret's text stands for, not the text itself.",
            "Decode the secret before it is used as a key.",
        ),
        Cause::SecretDecoded => plain(
            "The key is the secret's text itself, though it looks encoded.",
            "Use the secret as it is, without decoding it.",
        ),
        Cause::SecretWhitespace => with(
            SECRET,
            "There is white space around the secret: a newline from a file or a space from copying.",
            "Store the secret without it, or trim it where it is read.",
        ),
        Cause::SecretQuoted => {
            with(SECRET, "The quotes around the secret are taken as part of it.", "Remove the quotes.")
        }
        Cause::SecretOther => plain(
            "It was signed with another secret that hookctl knows.",
            "Use that secret for this endpoint: every endpoint has its own, and test mode and live mode differ.",
        ),
        Cause::SecretEnvLine => with(
            SECRET,
            "A whole line of an .env file was taken as the secret.",
            "Use only what stands behind the equals sign.",
        ),
        Cause::SecretInvisible => plain(
            "There is an invisible character in the secret, as it comes along when copying from a page or a chat.",
            "Copy the secret again from the provider's own page, or type it.",
        ),
        Cause::SecretEmpty => plain(
            "The sender signs with an empty secret: anybody can do that.",
            "Set the secret where deliveries are sent, and refuse an empty one where they are received.",
        ),
        Cause::Algorithm => plain(
            "The signature was made with another hash.",
            "Use the hash that the provider names; an old header may still carry an older one.",
        ),
        Cause::Encoding => plain(
            "The signature is right, and written in another way than the provider writes it.",
            "Decode it as the provider documents, and compare bytes.",
        ),
        Cause::SchemeOtherProvider => plain(
            "It is signed in the way of another provider.",
            "Verify it with that provider's scheme; --provider names it.",
        ),
        Cause::ContentOrder => plain(
            "The right parts were signed, put together in another way.",
            "Build the signed content exactly as the provider documents: order, separators, nothing left out.",
        ),
        Cause::HeaderOther => plain(
            "The right signature is in another header of the request.",
            "Read the header that this scheme uses; a proxy may have copied or renamed it.",
        ),
        Cause::HeaderListMerged => plain(
            "The header holds several signatures, and was split, merged or trimmed on the way.",
            "Pass the header on unchanged, and read all signatures in it.",
        ),
        Cause::HeaderMissing => plain(
            "A header that the scheme needs is not there.",
            "Look whether a proxy or a test strips or renames it, and whether the provider was given a secret.",
        ),
        Cause::HeaderMalformed => plain(
            "What should be the signature is not in the form that this scheme has.",
            "Pass it on as it came; do not build it yourself unless in the provider's own form.",
        ),
        Cause::TimestampStale => plain(
            "The signature is right; the delivery is older than the tolerance allows.",
            "If it is an old capture, --at or --tolerance off judges it; else compare the clocks, and look for a queue in between.",
        ),
        Cause::TimestampFuture => plain(
            "The signature is right; the timestamp is ahead of the clock.",
            "Set the clock of the sender or the receiver right (NTP).",
        ),
        Cause::TimestampUnit => plain(
            "The timestamp was signed in another unit.",
            "Sign the timestamp exactly as it stands in the header; do not convert it.",
        ),
        Cause::TimestampChanged => plain(
            "Another timestamp was signed than the one where the scheme puts it.",
            "Sign and send the same timestamp; take it once, not again for the header.",
        ),
        Cause::IdChanged => plain(
            "Another message id was signed than the one in its header.",
            "Pass the id header on unchanged; a retry keeps the id.",
        ),
        Cause::UrlScheme => with(
            ADDRESS,
            "The signed address begins with the other one of http and https: TLS ends at a proxy or tunnel.",
            "Verify with the address that the provider was given; hookctl takes it with --url or --public-url.",
        ),
        Cause::UrlHost => with(
            ADDRESS,
            "The signed address has another host: a proxy or tunnel stands in front.",
            "Verify with the address that the provider was given; hookctl takes it with --url or --public-url.",
        ),
        Cause::UrlPort => with(
            ADDRESS,
            "The signed address has another port, or none.",
            "Verify with the address that the provider was given, with the port only if it was written there.",
        ),
        Cause::UrlPath => with(
            ADDRESS,
            "The signed address has another path: a slash at its end, a prefix of a proxy, an escape undone.",
            "Verify with the path that the provider was given, not with what a router made of it.",
        ),
        Cause::UrlQuery => with(
            ADDRESS,
            "The signed address has another query: sorted, encoded otherwise, or gone.",
            "Verify with the raw query of the request line.",
        ),
        Cause::Method => plain(
            "Another method was signed: a redirect or a proxy changes POST into GET.",
            "Give the provider the final address, so that nothing redirects.",
        ),
        Cause::Certificate => plain(
            "The signature is right, but the certificate is not one to trust: expired, of another name, or from another host.",
            "Take the certificate only from the provider's own host, and check its chain and dates.",
        ),
        Cause::NoMatch => plain(
            "Nothing that was tried makes the signature right.",
            "Most likely the secret is another one than the sender's, or the body was changed in its meaning.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_its_words_and_its_own_id() {
        let mut ids = std::collections::HashSet::new();
        for cause in Cause::ALL {
            let advice = advice(*cause);
            for text in [advice.explanation, advice.fix] {
                assert!(text.len() > 10 && text.ends_with('.'), "{cause}: {text}");
            }
            assert!(advice.code.iter().all(|(name, code)| !name.is_empty() && !code.is_empty()), "{cause}");
            assert!(ids.insert(cause.as_str()), "{cause} is there twice");
        }
    }
}
