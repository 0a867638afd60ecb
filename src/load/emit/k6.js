
const failed = new Rate('hookctl_failed');
const acceptedInvalid = new Counter('hookctl_accepted_invalid');
const statuses = plan.statuses.map((one) => ({ ...one, counter: new Counter(one.name) }));

// Secrets come from the environment, as for hookctl itself: k6 run -e HOOKCTL_STRIPE_SECRET=whsec_… FILE
const keys = plan.keys.map(({ env, prefix, suffix, decode, kind, encode }) => {
  const secret = __ENV[env];
  if (!secret) {
    throw new Error(`set ${env} to the secret that the receiver verifies with`);
  }
  const text = (prefix && secret.startsWith(prefix) ? secret.slice(prefix.length) : secret) + suffix;
  if (kind === 'token') {
    return encoded(text, decode, encode);
  }
  switch (decode) {
    case 'hex':
      return new Uint8Array(text.match(/../g).map((pair) => parseInt(pair, 16))).buffer;
    case 'base64':
      return encoding.b64decode(text, 'std');
    case 'base64url':
      return encoding.b64decode(text, 'rawurl');
    default:
      return text;
  }
});

// A token as it stands in the header. Decoding it only to write it in the same way again would change nothing.
function encoded(text, decode, encode) {
  if (decode === encode) {
    return text;
  }
  const forms = { base64: 'std', base64url: 'rawurl' };
  const bytes = decode === 'text' ? text : encoding.b64decode(text, forms[decode], 's');
  return encode === 'text' ? bytes : encoding.b64encode(bytes, forms[encode]);
}

// Told apart from other runs; the number of the iteration tells requests of this run apart.
const salt = Math.floor(Math.random() * 2 ** 32);

// A scrambled 32-bit number (the finish of MurmurHash3).
function scramble(bits) {
  let hash = bits >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

// A value of so many characters that no other request has: the number of the request at its end, chance before it.
function unique(id, number) {
  const { alphabet, width } = id;
  const base = alphabet.length;
  const out = new Array(width);
  let rest = number * plan.ids + id.index;
  // As many places as 2^40 needs; a narrow value has as many as there are.
  const counted = Math.min(width - (id.first ? 1 : 0), Math.ceil((40 * Math.LN2) / Math.log(base)));
  for (let at = width - 1; at >= width - counted; at -= 1) {
    out[at] = alphabet[rest % base];
    rest = Math.floor(rest / base);
  }
  let state = scramble(salt ^ scramble(number) ^ Math.imul(id.index + 1, 0x9e3779b9));
  for (let at = width - counted - 1; at >= 0; at -= 1) {
    state = scramble(state + 0x6d2b79f5);
    const characters = at === 0 && id.first ? id.first : alphabet;
    out[at] = characters[state % characters.length];
  }
  return out.join('');
}

function uuid(id, number) {
  const digits = unique({ alphabet: '0123456789abcdef', width: 30, index: id.index }, number);
  const variant = '89ab'[scramble(salt ^ number) % 4];
  return [
    digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(12, 15)}`, variant + digits.slice(15, 18), digits.slice(18),
  ].join('-');
}

function time({ form, shift, encoded: isForm }, now) {
  const at = new Date(now + shift * 1000);
  const iso = at.toISOString();
  const text = {
    unix: () => String(Math.floor(at.getTime() / 1000)),
    'unix-ms': () => String(at.getTime()),
    iso: () => `${iso.slice(0, 19)}Z`,
    'iso-ms': () => iso,
    'iso-us': () => `${iso.slice(0, 23)}000Z`,
  }[form]();
  return isForm ? encodeURIComponent(text) : text;
}

// The event of a number: of as many numbers in a row as all weights make, each has exactly its weight.
function pick(number) {
  let place = (number * plan.step) % plan.weight;
  return plan.lines.find((line) => {
    place -= line.weight;
    return place < 0;
  });
}

// Whether the number is one of this share, in parts of a million.
function takes(number, share) {
  return share > 0 && Math.floor(((number + 1) * share) / 1e6) > Math.floor((number * share) / 1e6);
}

// A request: its pieces written, then its signatures over them.
function write(line, number, happened, now, forged) {
  const pieces = line.pieces.map((piece) => {
    if (typeof piece === 'string') {
      return piece;
    }
    if (piece.id) {
      return piece.id.uuid ? uuid(piece.id, number) : unique(piece.id, number);
    }
    return piece.time ? time(piece.time, happened) : piece.now ? time(piece.now, now) : '';
  });
  const text = ([from, to]) => pieces.slice(from, to).join('');
  for (const stamp of line.stamps) {
    const content = stamp.content.map((part) => (typeof part === 'string' ? part : text(part))).join('');
    stamp.places.forEach((place, index) => {
      const key = keys[stamp.keys[index]];
      let signature = stamp.algorithm ? crypto.hmac(stamp.algorithm, key, content, stamp.encoding) : key;
      if (forged) {
        const middle = Math.floor(signature.length / 2);
        const wrong = signature[middle] === '0' ? '1' : '0';
        signature = signature.slice(0, middle) + wrong + signature.slice(middle + 1);
      }
      pieces[place] = signature;
    });
  }
  const headers = {};
  for (const [name, range] of line.headers) {
    headers[name] = text(range);
  }
  return { headers, body: text(line.body) };
}

// What this virtual user sent last of each event, to be sent again as a duplicate.
const originals = new Map();
let owed = 0;

export default function () {
  const number = exec.scenario.iterationInTest;
  const line = pick(number);
  const now = Date.now();
  const forged = takes(number, plan.invalid);
  owed += takes(number, plan.duplicates) ? 1 : 0;
  let original = { number, happened: now };
  const again = !forged && owed > 0 && originals.get(line);
  if (again) {
    owed -= 1;
    original = again;
  }
  const { headers, body } = write(line, original.number, original.happened, now, forged);
  const answer = http.request(line.method, line.url, body, {
    headers,
    redirects: 0,
    timeout: plan.timeout,
    tags: { event: line.event, invalid: String(forged) },
  });
  const accepted = line.accept.some(([first, last]) => answer.status >= first && answer.status <= last);
  const tags = { event: line.event };
  statuses.filter(({ first, last }) => answer.status >= first && answer.status <= last).forEach(({ counter }) => counter.add(1, tags));
  if (forged) {
    acceptedInvalid.add(accepted ? 1 : 0, tags);
    return;
  }
  failed.add(!accepted, tags);
  if (accepted && !again) {
    originals.set(line, original);
  }
}
