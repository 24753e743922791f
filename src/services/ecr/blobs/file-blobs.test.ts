import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openBlobStore } from './index.ts';

const id = '00000000-0000-4000-8000-000000000000';
const place = { atByte: undefined, maxBytes: 1_000_000_000 };
const clock = { nowMs: () => Date.now() };

async function opened(reserveBytes = 0) {
  const directory = await mkdtemp(join(tmpdir(), 'ls-blobs-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return { directory, blobs: await openBlobStore({ directory, clock, reserveBytes }) };
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function* chunks(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function textOf(stream: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
}

const bytes = Buffer.alloc(3_000_000, 'some layer ');

test('[ECR-3] chunks of any size become one verified blob', async () => {
  const { blobs } = await opened();
  for (const size of [1_000, 65_536, 2_000_000]) {
    await blobs.begin(id);
    expect(await blobs.append(id, chunks(bytes, size), place)).toEqual({ receivedBytes: bytes.length });
    expect(await blobs.complete(id, sha256(bytes))).toEqual({ sizeBytes: bytes.length });
    expect(await blobs.receivedBytes(id)).toBeUndefined();
    expect(await textOf(await blobs.open(sha256(bytes), { first: 0, last: bytes.length - 1 }))).toBe(bytes.toString());
    expect(await textOf(await blobs.open(sha256(bytes), { first: 5, last: 9 }))).toBe('layer');
  }
});

test('[ECR-3] an upload goes on after a restart, and its digest is of all of it', async () => {
  const { blobs, directory } = await opened();
  await blobs.begin(id);
  await blobs.append(id, chunks(bytes.subarray(0, 1_000_000), 65_536), place);
  const again = await openBlobStore({ directory, clock, reserveBytes: 0 });
  expect(await again.receivedBytes(id)).toBe(1_000_000);
  expect(await again.append(id, chunks(bytes, 10), { ...place, atByte: 5 })).toEqual({ refused: 'gap' });
  await again.append(id, chunks(bytes.subarray(1_000_000), 65_536), { ...place, atByte: 1_000_000 });
  expect(await again.complete(id, sha256(bytes))).toEqual({ sizeBytes: bytes.length });
});

test('[ECR-3] what arrived before the sender failed is kept', async () => {
  const { blobs } = await opened();
  await blobs.begin(id);
  async function* failing(): AsyncIterable<Uint8Array> {
    yield bytes.subarray(0, 10);
    throw new Error('gone');
  }
  await expect(blobs.append(id, failing(), place)).rejects.toThrow('gone');
  expect(await blobs.receivedBytes(id)).toBe(10);
  await blobs.append(id, chunks(bytes.subarray(10), 65_536), place);
  expect(await blobs.complete(id, sha256(bytes))).toEqual({ sizeBytes: bytes.length });
});

test('[ECR-3] a wrong digest makes no blob, and neither does too much', async () => {
  const { blobs, directory } = await opened();
  await blobs.begin(id);
  await blobs.append(id, chunks(bytes, 65_536), place);
  expect(await blobs.complete(id, sha256(Buffer.from('x')))).toEqual({ wrong: sha256(bytes) });
  expect(await readdir(join(directory, 'sha256'))).toEqual([]);
  expect(await blobs.append(id, chunks(bytes, 65_536), { ...place, maxBytes: bytes.length + 10 })).toEqual({
    refused: 'tooLarge',
  });
  await blobs.abandon(id);
  expect(await blobs.append(id, chunks(bytes, 65_536), place)).toEqual({ refused: 'absent' });
  await expect(blobs.begin('../../etc/passwd')).rejects.toThrow("is no upload's id");
  await expect(blobs.read('sha256:../../../etc/passwd')).rejects.toThrow('is no digest');
});

test('[ECR-3] only one request writes to an upload', async () => {
  const { blobs } = await opened();
  await blobs.begin(id);
  let release: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (release = resolve));
  async function* slow(): AsyncIterable<Uint8Array> {
    yield bytes.subarray(0, 10);
    await waiting;
  }
  const first = blobs.append(id, slow(), place);
  await expect.poll(() => blobs.append(id, chunks(bytes, 10), place)).toEqual({ refused: 'busy' });
  await expect(blobs.complete(id, sha256(bytes))).rejects.toThrow('Another request is writing');
  release();
  expect(await first).toEqual({ receivedBytes: 10 });
});

test('[ECR-12] clean-up spares what is used, what is young, and what is being written again', async () => {
  const { blobs } = await opened();
  const used = await blobs.put(Buffer.from('used'));
  const old = await blobs.put(Buffer.from('old'));
  expect(await blobs.collect((digest) => digest === used, Date.now() - 60_000)).toBe(0);
  const rewriting = Promise.all(Array.from({ length: 20 }, () => blobs.put(Buffer.from('old'))));
  await blobs.collect((digest) => digest === used, Date.now() - 60_000);
  await rewriting;
  expect(await blobs.read(old)).toBeDefined();
  expect(await blobs.collect((digest) => digest === used, Date.now() + 60_000)).toBe(1);
  expect(await blobs.read(old)).toBeUndefined();
  expect(Buffer.from((await blobs.read(used)) ?? []).toString()).toBe('used');
});

test('[ECR-3] files are for their owner only, and a full disk is said to be full', async () => {
  const { directory, blobs } = await opened();
  const digest = await blobs.put(Buffer.from('x'));
  const hex = digest.slice('sha256:'.length);
  expect((await stat(join(directory, 'sha256', hex.slice(0, 2), hex))).mode & 0o077).toBe(0);
  const { blobs: full } = await opened(Number.MAX_SAFE_INTEGER);
  await expect(full.begin(id)).rejects.toThrow('has less than');
});
