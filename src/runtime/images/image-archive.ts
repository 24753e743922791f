import { toBytes } from '../../kernel/index.ts';
import { tarArchive } from './tar.ts';
import type { TarEntry } from './tar.ts';

/** SHA-256 of bytes as 64 lower-case hexadecimal digits; an argument, because this room has no cryptography of its own. */
export type Sha256 = (bytes: Uint8Array) => string;

export interface ImageArchive {
  /** A `docker save` archive, for `loadImage`. */
  readonly tar: Uint8Array;
  /** `name:tag` under which the engine knows it. The tag is derived from the content, so having the reference is having the image. */
  readonly reference: string;
}

/** An image of one layer, made of the given files. */
export function imageArchive(
  options: {
    /** Without tag, such as `longshore/pause`. */
    readonly repository: string;
    /** A tag beside the one that names the content, such as `1`; the newest archive loaded has it. */
    readonly tag?: string;
    /** `amd64`, `arm64` … */
    readonly architecture: string;
    /** The image's settings in Docker's spelling, such as `{ Entrypoint: ['/pause'] }`. */
    readonly config: Readonly<Record<string, unknown>>;
    readonly files: readonly TarEntry[];
  },
  sha256: Sha256,
): ImageArchive {
  const layer = tarArchive(options.files);
  const config = toBytes(
    JSON.stringify({
      architecture: options.architecture,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: options.config,
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'longshore' }],
    }),
  );
  const digest = sha256(config);
  const reference = `${options.repository}:${digest.slice(0, 12)}`;
  const manifest = [
    {
      Config: `${digest}.json`,
      RepoTags: [reference, ...(options.tag === undefined ? [] : [`${options.repository}:${options.tag}`])],
      Layers: ['layer.tar'],
    },
  ];
  const tar = tarArchive([
    { name: `${digest}.json`, mode: 0o644, content: config },
    { name: 'layer.tar', mode: 0o644, content: layer },
    { name: 'manifest.json', mode: 0o644, content: toBytes(JSON.stringify(manifest)) },
  ]);
  return { tar, reference };
}
