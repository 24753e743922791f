import { silentLog } from '../kernel/index.ts';
import {
  buildLocalImage,
  buildNodeImage,
  buildPostgresImage,
  localImage,
  nodeImage,
  postgresImage,
} from '../platform/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import type { ImageArchive } from '../runtime/index.ts';

interface KindOfImage {
  readonly name: { readonly repository: string; readonly tag: string };
  build(): Promise<ImageArchive>;
}

/** A small web server, PostgreSQL as it is installed on this machine, and Node to build images on. */
const kinds = {
  web: { name: localImage, build: buildLocalImage },
  postgres: { name: postgresImage, build: buildPostgresImage },
  node: { name: nodeImage, build: buildNodeImage },
} satisfies Record<string, KindOfImage>;

export type LocalImageKind = keyof typeof kinds;

/** Builds an image from what is on this machine and loads it into an engine; again is harmless. @returns its reference */
export async function loadLocalImage(
  engine: string,
  kind: LocalImageKind = 'web',
): Promise<{ readonly reference: string }> {
  const { name, build }: KindOfImage = kinds[kind];
  const image = await build();
  const runtime = new DockerRuntime({ address: engine, log: silentLog });
  try {
    await runtime.loadImage(image.tar);
  } finally {
    runtime.close();
  }
  return { reference: `${name.repository}:${name.tag}` };
}
