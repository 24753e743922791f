import { loadLocalImage, places } from '../../main/index.ts';
import type { Command } from '../command.ts';
import { dataDirectory, engine } from '../common-options.ts';
import { engineAddress } from '../engine-address.ts';
import { dataDirectoryOf } from '../read-common.ts';

/** `longshore image`: an image to try things with, where no registry can be reached. */
export const image: Command = {
  name: 'image',
  summary: 'build a small web server image from what is on this machine',
  about:
    'Builds the image longshore/web:1 from busybox (or Node) of this machine and loads it into the container engine. It serves HTTP on port 8080 and prints a line a request.',
  options: [engine, dataDirectory],
  async run(settings, context) {
    const { environment } = context;
    const engineDirectory = places.engine(dataDirectoryOf(settings, environment));
    const made = await loadLocalImage(
      await engineAddress({ named: settings.get('engine'), environment, engineDirectory }),
    );
    context.print(made.reference);
    return 0;
  },
};
