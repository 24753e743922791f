import { silentLog } from '../kernel/index.ts';
import { buildLocalImage, localImage } from '../platform/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';

/** Builds the small web server image from what is on this machine and loads it into an engine; again is harmless. */
export async function loadLocalImage(engine: string): Promise<{ readonly reference: string }> {
  const image = await buildLocalImage();
  const runtime = new DockerRuntime({ address: engine, log: silentLog });
  try {
    await runtime.loadImage(image.tar);
  } finally {
    runtime.close();
  }
  return { reference: `${localImage.repository}:${localImage.tag}` };
}
