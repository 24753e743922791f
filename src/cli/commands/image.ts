import { loadLocalImage, loadPostgresImage, places } from '../../main/index.ts';
import type { Command } from '../command.ts';
import { dataDirectory, engine } from '../common-options.ts';
import { engineAddress } from '../engine-address.ts';
import { dataDirectoryOf } from '../read-common.ts';

/** `longshore image`: an image to try things with, where no registry can be reached. */
export const image: Command = {
  name: 'image',
  summary: 'build an image from what is on this machine: a small web server, or PostgreSQL',
  about:
    'Builds the image longshore/web:1 from busybox (or Node) of this machine and loads it into the container engine. It serves HTTP on port 8080 and prints a line a request.\nWith --postgres the image longshore/postgres:local, from the PostgreSQL that is installed here by the packages of Debian or Ubuntu: what databases of RDS run.',
  options: [engine, dataDirectory, { name: 'postgres', about: 'PostgreSQL instead of the web server' }],
  async run(settings, context) {
    const { environment } = context;
    const engineDirectory = places.engine(dataDirectoryOf(settings, environment));
    const load = settings.flag('postgres') ? loadPostgresImage : loadLocalImage;
    const made = await load(await engineAddress({ named: settings.get('engine'), environment, engineDirectory }));
    context.print(made.reference);
    return 0;
  },
};
