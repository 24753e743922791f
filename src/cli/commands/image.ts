import { InvalidArgument } from '../../kernel/index.ts';
import { loadLocalImage, places, type LocalImageKind } from '../../main/index.ts';
import type { Command } from '../command.ts';
import { dataDirectory, engine } from '../common-options.ts';
import { engineAddress } from '../engine-address.ts';
import type { Settings } from '../options.ts';
import { dataDirectoryOf } from '../read-common.ts';

/** `longshore image`: an image to try things with, where no registry can be reached. */
export const image: Command = {
  name: 'image',
  summary: 'build an image from what is on this machine: a small web server, Node, or PostgreSQL',
  about:
    'Builds the image longshore/web:1 from busybox (or Node) of this machine and loads it into the container engine. It serves HTTP on port 8080 and prints a line a request.\nWith --postgres the image longshore/postgres:local, from the PostgreSQL that is installed here by the packages of Debian or Ubuntu: what databases of RDS run.\nWith --node the image longshore/node:local, with the Node that runs this: what a Dockerfile may start from.',
  options: [
    engine,
    dataDirectory,
    { name: 'node', about: 'Node instead of the web server' },
    { name: 'postgres', about: 'PostgreSQL instead of the web server' },
  ],
  async run(settings, context) {
    const { environment } = context;
    const engineDirectory = places.engine(dataDirectoryOf(settings, environment));
    const kind = kindOf(settings);
    const address = await engineAddress({ named: settings.get('engine'), environment, engineDirectory });
    const made = await loadLocalImage(address, kind);
    context.print(made.reference);
    return 0;
  },
};

function kindOf(settings: Settings): LocalImageKind {
  if (settings.flag('node') && settings.flag('postgres'))
    throw new InvalidArgument('--node and --postgres are two images: run the command once for each');
  if (settings.flag('postgres')) return 'postgres';
  return settings.flag('node') ? 'node' : 'web';
}
