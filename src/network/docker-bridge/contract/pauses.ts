import { createHash, randomBytes } from 'node:crypto';
import type { ContainerRuntime } from '../../../runtime/index.ts';
import { pauseImage } from '../../../runtime/index.ts';
import type { NamespaceHolder, TaskInterface, TaskNetwork } from '../../index.ts';

/** The label of what a test makes. */
export const testLabel = 'longshore.network-test';

/** Loads the pause image. @returns its reference */
export async function loadPauseImage(runtime: ContainerRuntime): Promise<string> {
  const { architecture } = await runtime.info();
  const image = pauseImage(architecture, (bytes) => createHash('sha256').update(bytes).digest('hex'));
  await runtime.loadImage(image.tar);
  return image.reference;
}

/** A running pause, made as the network asks for the interface. */
export async function startPause(
  { runtime, image }: { readonly runtime: ContainerRuntime; readonly image: string },
  network: TaskNetwork,
  wanted: TaskInterface,
): Promise<NamespaceHolder> {
  const asked = await network.pauseFor(wanted);
  const id = await runtime.create({
    name: `longshore-test-pause-${randomBytes(8).toString('hex')}`,
    config: {
      ...asked?.config,
      Image: image,
      Labels: { ...asked?.labels, [testLabel]: 'pause' },
      HostConfig: { NetworkMode: asked?.networkMode ?? 'none', LogConfig: { Type: 'none', Config: {} } },
    },
  });
  await runtime.start(id);
  return { id, pid: (await runtime.inspect(id))?.pid ?? 0 };
}

export async function removePauses(runtime: ContainerRuntime): Promise<void> {
  for (const { id } of await runtime.list({ [testLabel]: 'pause' })) await runtime.remove(id);
}
