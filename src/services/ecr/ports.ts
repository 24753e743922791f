import type { Caller } from '../../protocol/api/index.ts';

/** A digest of another name was asked for than the bytes have. */
export interface WrongDigest {
  readonly wrong: string;
}

/** What an upload has received; `busy`: another request is writing to it. */
export type Appended =
  | { readonly receivedBytes: number }
  | { readonly refused: 'absent' | 'busy' | 'gap' | 'tooLarge' };

/** Where layers and manifests live: files named by what is in them. Nobody sees a blob before it is whole, verified and on the disk. */
export interface BlobStore {
  /** `sha256:…` of some bytes. */
  digestOf(bytes: Uint8Array): string;
  begin(uploadId: string): Promise<void>;
  /** Bytes received so far; undefined: no such upload. */
  receivedBytes(uploadId: string): Promise<number | undefined>;
  /**
   * Writes chunks at the end of an upload. What was written before the chunks failed stays: the client goes on from there.
   * @throws what the chunks throw, Unavailable when the disk is full
   */
  append(uploadId: string, chunks: AsyncIterable<Uint8Array>, place: AppendPlace): Promise<Appended>;
  /** Makes an upload a blob, durably. @returns its size; undefined: no such upload. The upload ends when the digest is right. */
  complete(uploadId: string, digest: string): Promise<{ readonly sizeBytes: number } | WrongDigest | undefined>;
  abandon(uploadId: string): Promise<void>;
  /** Abandons the uploads that were written to last before a time and that `isKnown` does not know. */
  dropStrays(isKnown: (uploadId: string) => boolean, writtenBeforeMs: number): Promise<void>;
  /** Keeps a small blob, durably. */
  put(bytes: Uint8Array): Promise<string>;
  /** A small blob as a whole. */
  read(digest: string): Promise<Uint8Array | undefined>;
  /** A blob's bytes from `first` to `last`, both included. Undefined: there is no such blob. */
  open(
    digest: string,
    range: { readonly first: number; readonly last: number },
  ): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Deletes the blobs that are written before a time and of which `isUsed` is false at that moment. @returns how many */
  collect(isUsed: (digest: string) => boolean, writtenBeforeMs: number): Promise<number>;
}

export interface AppendPlace {
  /** Where the first chunk must begin; undefined: wherever the upload ends now. */
  readonly atByte: number | undefined;
  readonly maxBytes: number;
}

/** Who logged in to the registry, or what a URL is good for. */
export interface TokenHolder {
  /** `login`, or the layer that a URL gives out. */
  readonly purpose: string;
  readonly caller: Caller;
  readonly region: string;
  readonly expirationMs: number;
}

/** Makes and reads what only this installation can have made. */
export interface RegistryTokens {
  /** A password for the user `AWS`. */
  seal(holder: TokenHolder): string;
  /** Undefined when it was not sealed here. Expiry is the caller's to check. */
  open(password: string): TokenHolder | undefined;
  /** The password as `docker login` gets it from GetAuthorizationToken: `AWS:password` in base64. */
  basic(password: string): string;
}
