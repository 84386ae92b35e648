import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import { expect } from 'chai';
import fc from 'fast-check';

import { ImageStore, type Wanted } from './image-store.ts';

function wantedOf(image: Uint8Array): Wanted {
  return { id: createHash('sha256').update(image).digest('hex'), size: image.length };
}

async function* inPieces(image: Uint8Array, length = 1000): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < image.length; at += length) yield image.subarray(at, at + length);
}

async function* brokenOff(image: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* inPieces(image);
  throw new Error('aborted');
}

describe('the store of images', () => {
  const IMAGE = randomBytes(10_000);
  const wanted = wantedOf(IMAGE);
  let folder: string;
  let store: ImageStore;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-images-'));
    store = new ImageStore(folder);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function refusal(source: AsyncIterable<Uint8Array>, of = wanted): Promise<string> {
    return store.keep(of, source).then(
      () => 'kept',
      (error: unknown) =>
        error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : String(error),
    );
  }

  it('keeps an image under its hash, and gives any part of it', async () => {
    expect(await store.has(wanted.id)).to.equal(false);
    await store.keep(wanted, inPieces(IMAGE));
    expect(await store.has(wanted.id)).to.equal(true);
    expect(readFileSync(join(folder, wanted.id)).equals(IMAGE)).to.equal(true);
    await fc.assert(
      fc.asyncProperty(fc.nat(9_999), fc.nat(9_999), async (one, other) => {
        const [first, last] = [Math.min(one, other), Math.max(one, other)];
        const part = await buffer(store.read(wanted.id, { first, last }));
        expect(part.equals(IMAGE.subarray(first, last + 1))).to.equal(true);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps nothing of what is not the image, and says why', async () => {
    const longer = Buffer.concat([IMAGE, Buffer.of(0)]);
    expect(await refusal(inPieces(longer))).to.equal(
      'FIRMWARE_INVALID: the image has more than the 10000 bytes of its release',
    );
    expect(await refusal(inPieces(IMAGE.subarray(1)))).to.equal(
      'FIRMWARE_INVALID: the image ends after 9999 of 10000 bytes',
    );
    expect(await refusal(inPieces(new Uint8Array()))).to.contain('ends after 0');
    expect(await refusal(inPieces(randomBytes(10_000)))).to.contain('another hash');
    expect(await refusal(brokenOff(IMAGE))).to.equal('FIRMWARE_INVALID: the image was broken off');
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('stops reading what is too long at once', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        await Promise.resolve();
        given += 1000;
        yield new Uint8Array(1000);
      }
    }
    expect(await refusal(endless())).to.contain('FIRMWARE_INVALID');
    expect(given).to.equal(11_000);
  });

  it('takes two uploads of the same image at once', async () => {
    await Promise.all([store.keep(wanted, inPieces(IMAGE)), store.keep(wanted, inPieces(IMAGE, 77))]);
    expect(readdirSync(folder)).to.deep.equal([wanted.id]);
  });

  it('clears away what a crash left half-written', () => {
    writeFileSync(join(folder, 'x.draft'), 'half');
    writeFileSync(join(folder, wanted.id), IMAGE);
    new ImageStore(folder);
    expect(readdirSync(folder)).to.deep.equal([wanted.id]);
  });
});
