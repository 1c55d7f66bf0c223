import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEnvelope, sealEnvelope, type EnvelopeKey, type EnvelopePlace } from '../src/vault/envelope';

const file = join(__dirname, '../../tests/Fieldkeep.Vault.Tests/Vectors/envelope.txt');

// Blocks of `name = value` lines, as the server's tests read them.
const vectors = readFileSync(file, 'utf8')
  .split('\n\n')
  .map(
    (block) =>
      new Map(
        block
          .split('\n')
          .filter((line) => line.includes(' =') && !line.startsWith('#'))
          .map(pair),
      ),
  )
  .filter((vector) => vector.size > 0)
  .map((vector) => (name: string) => vector.get(name) ?? '');

function pair(line: string): [string, string] {
  const at = line.indexOf(' =');
  return [line.slice(0, at).trim(), line.slice(at + 2).trim()];
}

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

function content(text: string) {
  if (!text.startsWith('pattern ')) {
    return bytes(text);
  }
  const length = Number(text.slice(8));
  return Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 255);
}

const keyOf = (of: (name: string) => string): EnvelopeKey => ({ id: of('keyid'), secret: bytes(of('key')) });
const placeOf = (of: (name: string) => string): EnvelopePlace => ({
  installation: of('installation'),
  project: of('project'),
  column: of('column'),
  row: of('row'),
  version: BigInt(of('version')),
});

describe('envelopes in the browser', () => {
  it.each(vectors.map((of) => [of('name'), of] as const))(
    'seal and open “%s” as the server does',
    async (_, of) => {
      const plain = content(of('content'));
      const sealed = await sealEnvelope(
        keyOf(of),
        Number(of('purpose')),
        placeOf(of),
        plain,
        Number(of('flags')),
        bytes(of('salt')),
      );
      if (of('envelope')) {
        expect(Buffer.from(sealed).toString('hex')).toBe(of('envelope'));
      } else {
        expect(createHash('sha256').update(sealed).digest('hex')).toBe(of('sha256'));
      }
      const opened = openEnvelope(keyOf(of), Number(of('purpose')), placeOf(of), sealed);
      if ((Number(of('flags')) & 1) !== 0) {
        await expect(opened).rejects.toMatchObject({ fault: 'compressed' });
      } else {
        expect(await opened).toEqual(of('plain') ? new Uint8Array(Buffer.from(of('plain'), 'utf8')) : plain);
      }
    },
  );

  it('open nothing that was changed, moved, cut off or sealed with another key', async () => {
    const key = { id: '7be279d5-6745-6053-d7b3-afa9ee99d27b', secret: new Uint8Array(32).fill(7) };
    const place = { installation: key.id, project: key.id, column: 'a.b', row: key.id, version: 1n };
    const sealed = await sealEnvelope(key, 1, place, new TextEncoder().encode('said in confidence'));
    for (let at = 0; at < sealed.length; at++) {
      const flipped = sealed.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await expect(openEnvelope(key, 1, place, flipped), `byte ${at}`).rejects.toThrow('cannot be opened');
      await expect(openEnvelope(key, 1, place, sealed.slice(0, at)), `${at} bytes`).rejects.toThrow(
        'cannot be opened',
      );
    }
    const elsewhere = [
      { ...place, row: place.row.replace('7', '8') },
      { ...place, column: 'a.c' },
      { ...place, version: 2n },
    ];
    for (const other of elsewhere) {
      await expect(openEnvelope(key, 1, other, sealed)).rejects.toMatchObject({ fault: 'wrongKeyOrContext' });
    }
    await expect(openEnvelope(key, 2, place, sealed)).rejects.toMatchObject({ fault: 'wrongKeyOrContext' });
    const stranger = { ...key, secret: new Uint8Array(32).fill(8) };
    await expect(openEnvelope(stranger, 1, place, sealed)).rejects.toMatchObject({
      fault: 'wrongKeyOrContext',
    });
  });
});
