import { buildLocalImage } from '../platform/index.ts';
import { DockerRuntime, parseEngineAddress } from '../runtime/docker/index.ts';

/** Builds the small web server image from what is on this machine and loads it into an engine, unless it is there. */
export async function loadLocalImage(engine: string): Promise<{ readonly reference: string }> {
  const image = await buildLocalImage();
  const runtime = new DockerRuntime(parseEngineAddress(engine));
  try {
    if ((await runtime.inspectImage(image.reference)) === undefined) await runtime.loadImage(image.tar);
  } finally {
    runtime.close();
  }
  return { reference: image.reference };
}
