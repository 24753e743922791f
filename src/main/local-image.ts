import { silentLog } from '../kernel/index.ts';
import { buildLocalImage, buildPostgresImage, localImage, postgresImage } from '../platform/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';

/** Builds the small web server image from what is on this machine and loads it into an engine; again is harmless. */
export async function loadLocalImage(engine: string): Promise<{ readonly reference: string }> {
  const image = await buildLocalImage();
  await load(engine, image.tar);
  return { reference: `${localImage.repository}:${localImage.tag}` };
}

/** Builds an image of the PostgreSQL that is installed on this machine and loads it into an engine; again is harmless. */
export async function loadPostgresImage(engine: string): Promise<{ readonly reference: string }> {
  const image = await buildPostgresImage();
  await load(engine, image.tar);
  return { reference: `${postgresImage.repository}:${postgresImage.tag}` };
}

async function load(engine: string, tar: Uint8Array): Promise<void> {
  const runtime = new DockerRuntime({ address: engine, log: silentLog });
  try {
    await runtime.loadImage(tar);
  } finally {
    runtime.close();
  }
}
