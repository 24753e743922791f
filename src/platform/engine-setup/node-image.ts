import { imageArchive } from '../../runtime/index.ts';
import type { ImageArchive } from '../../runtime/index.ts';
import { architecture, folders, program, sha256, textFile } from './image-parts.ts';
import { busyboxApplets } from './local-image.ts';
import { findProgram } from './machine.ts';

/** What the image is called: `longshore/node:local`. */
export const nodeImage = { repository: 'longshore/node', tag: 'local' } as const;

/** An image of the Node that runs this, with busybox's shell and tools where there is one: what a Dockerfile starts from where the official image cannot be had. */
export async function buildNodeImage(): Promise<ImageArchive> {
  const busybox = await findProgram('busybox');
  const tools =
    busybox === undefined ? [] : [...(await program('bin/busybox', busybox)), ...(await busyboxApplets(busybox))];
  const node = await program('usr/local/bin/node', process.execPath);
  const names = new Set(node.map(({ name }) => name));
  const files = [
    ...tools.filter(({ name }) => !names.has(name)),
    ...node,
    textFile('etc/passwd', 'root:x:0:0:root:/:/bin/sh\nnode:x:1000:1000:node:/:/bin/sh\n'),
    textFile('etc/group', 'root:x:0:\nnode:x:1000:\n'),
  ];
  return imageArchive(
    {
      repository: nodeImage.repository,
      tag: nodeImage.tag,
      architecture,
      config: { Cmd: ['node'], Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], WorkingDir: '/' },
      files: [...folders(files), ...files],
    },
    sha256,
  );
}
