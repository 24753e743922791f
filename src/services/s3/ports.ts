export interface StoredObject {
  readonly sizeBytes: number;
  /** As HTTP writes it, such as `Fri, 27 Nov 2026 23:23:18 GMT`. */
  readonly lastModified: string;
  /** Of this content, without quotation marks. */
  readonly etag: string;
  readonly bytes: Uint8Array;
}

/** Where buckets and their objects come from. Names are checked; what leads out of a bucket is not there. */
export interface ObjectStore {
  hasBucket(bucket: string): Promise<boolean>;
  /** @returns undefined: not there; a number: it has so many bytes, which is more than `maxBytes` */
  read(
    at: { readonly bucket: string; readonly key: string },
    maxBytes: number,
  ): Promise<StoredObject | number | undefined>;
}
