// Opens and seals envelopes of format FK1 in the browser, with nothing but WebCrypto: docs/formats/envelope.md.
// A second implementation: web/test/envelope.test.ts holds it to the vectors that hold the server's.

const HEADER_BYTES = 20;
const SALT_BYTES = 24;
const COMMITMENT_BYTES = 32;
const PREFIX_BYTES = HEADER_BYTES + SALT_BYTES + COMMITMENT_BYTES;
const CHUNK_BYTES = 16_384;
const TAG_BYTES = 16;
const MAGIC = 0xfb;
const SUITE = 0x01;
const BROTLI = 1;
const PADDED = 2;
const LABEL = 'c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0';

type Bytes = Uint8Array<ArrayBuffer>;

/** What an envelope is bound to, and not stored in it. Ids are UUIDs; the zero UUID is no project. */
export interface EnvelopePlace {
  installation: string;
  project: string;
  column: string;
  row: string;
  version: bigint;
}

/** A data key: 32 bytes and the id that stands in what it sealed. */
export interface EnvelopeKey {
  id: string;
  secret: Bytes;
}

/** Why an envelope cannot be opened; the words are the server's. */
export type EnvelopeFault =
  'truncated' | 'unknownFormat' | 'unknownSuite' | 'wrongKeyOrContext' | 'corrupted' | 'compressed';

export class EnvelopeError extends Error {
  constructor(readonly fault: EnvelopeFault) {
    super(`the envelope cannot be opened: ${fault}`);
  }
}

/** Opens an envelope to its content without padding. What is compressed is refused: browsers have no brotli to call. */
export async function openEnvelope(
  key: EnvelopeKey,
  purpose: number,
  place: EnvelopePlace,
  envelope: Bytes,
): Promise<Bytes> {
  const flags = checkHeader(key, purpose, envelope);
  const keys = await derive(key, place, envelope.subarray(0, HEADER_BYTES + SALT_BYTES));
  if (!equal(keys.commitment, envelope.subarray(HEADER_BYTES + SALT_BYTES, PREFIX_BYTES))) {
    throw new EnvelopeError('wrongKeyOrContext');
  }
  const chunks: Bytes[] = [];
  for (let at = PREFIX_BYTES; ; at += CHUNK_BYTES + TAG_BYTES) {
    const chunk = envelope.subarray(at, at + CHUNK_BYTES + TAG_BYTES);
    if (chunk.length < TAG_BYTES) {
      throw new EnvelopeError('truncated');
    }
    chunks.push(await openChunk(keys, chunks.length, chunk));
    if (chunk.length < CHUNK_BYTES + TAG_BYTES) {
      break; // the last is always shorter
    }
  }
  const content = join(...chunks);
  if ((flags & BROTLI) !== 0) {
    throw new EnvelopeError('compressed');
  }
  return (flags & PADDED) === 0 ? content : unpad(content);
}

/** Seals bytes for one place. `salt` is given by tests alone. */
export async function sealEnvelope(
  key: EnvelopeKey,
  purpose: number,
  place: EnvelopePlace,
  plain: Bytes,
  flags = 0,
  salt: Bytes = crypto.getRandomValues(new Uint8Array(SALT_BYTES)),
): Promise<Bytes> {
  const head = join(Uint8Array.of(MAGIC, SUITE, flags, purpose), uuid(key.id), salt);
  const keys = await derive(key, place, head);
  const parts = [head, keys.commitment];
  for (let index = 0; index * CHUNK_BYTES <= plain.length; index++) {
    const chunk = plain.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    const iv = nonceOf(keys.nonce, index);
    parts.push(new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, keys.cipher, chunk)));
  }
  return join(...parts);
}

interface DerivedKeys {
  cipher: CryptoKey;
  nonce: Bytes;
  commitment: Bytes;
}

function checkHeader(key: EnvelopeKey, purpose: number, envelope: Bytes): number {
  if (envelope.length < HEADER_BYTES) {
    throw new EnvelopeError('truncated');
  }
  const [magic, suite, flags = 0, sealedAs] = envelope;
  if (magic !== MAGIC) {
    throw new EnvelopeError('unknownFormat');
  }
  if (suite !== SUITE || (flags & ~(BROTLI | PADDED)) !== 0) {
    throw new EnvelopeError('unknownSuite');
  }
  if (envelope.length < PREFIX_BYTES + TAG_BYTES) {
    throw new EnvelopeError('truncated');
  }
  if (sealedAs !== purpose || !equal(uuid(key.id), envelope.subarray(4, HEADER_BYTES))) {
    throw new EnvelopeError('wrongKeyOrContext');
  }
  return flags;
}

async function derive(key: EnvelopeKey, place: EnvelopePlace, head: Bytes): Promise<DerivedKeys> {
  const text = new TextEncoder();
  const version = new Uint8Array(8);
  new DataView(version.buffer).setBigUint64(0, place.version, true);
  const info = join(
    text.encode(LABEL),
    head.subarray(HEADER_BYTES),
    text.encode('fk1'),
    head.subarray(0, HEADER_BYTES),
    ...[
      uuid(place.installation),
      uuid(place.project),
      text.encode(place.column),
      uuid(place.row),
      version,
    ].map(withLength),
  );
  const mac = await crypto.subtle.importKey('raw', key.secret, { name: 'HMAC', hash: 'SHA-512' }, false, [
    'sign',
  ]);
  // HKDF-Expand alone: WebCrypto's HKDF extracts first.
  const first = new Uint8Array(await crypto.subtle.sign('HMAC', mac, join(info, Uint8Array.of(1))));
  const second = new Uint8Array(await crypto.subtle.sign('HMAC', mac, join(first, info, Uint8Array.of(2))));
  const okm = join(first, second);
  return {
    cipher: await crypto.subtle.importKey('raw', okm.subarray(0, 32), 'AES-GCM', false, [
      'encrypt',
      'decrypt',
    ]),
    nonce: okm.subarray(32, 44),
    commitment: okm.subarray(44, 76),
  };
}

async function openChunk(keys: DerivedKeys, index: number, chunk: Bytes): Promise<Bytes> {
  const iv = nonceOf(keys.nonce, index);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, keys.cipher, chunk));
  } catch {
    throw new EnvelopeError('corrupted');
  }
}

function nonceOf(base: Bytes, index: number): Bytes {
  const nonce = base.slice();
  const view = new DataView(nonce.buffer);
  view.setBigUint64(4, view.getBigUint64(4) ^ BigInt(index));
  return nonce;
}

function unpad(content: Bytes): Bytes {
  let end = content.length - 1;
  while (end >= 0 && content[end] === 0) {
    end--;
  }
  if (content[end] !== 0x80) {
    throw new EnvelopeError('corrupted');
  }
  return content.subarray(0, end);
}

function withLength(bytes: Bytes): Bytes {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length, true);
  return join(length, bytes);
}

function uuid(text: string): Bytes {
  const digits = text.replaceAll('-', '');
  return Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16));
}

function join(...parts: Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function equal(one: Bytes, other: Bytes): boolean {
  let differs = one.length ^ other.length;
  one.forEach((byte, at) => {
    differs |= byte ^ (other[at] ?? 0);
  });
  return differs === 0;
}
