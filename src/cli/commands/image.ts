import { loadLocalImage } from '../../main/index.ts';
import type { Command } from '../command.ts';
import { engine } from '../common-options.ts';
import { engineAddress } from '../engine-address.ts';

/** `longshore image`: an image to try things with, where no registry can be reached. */
export const image: Command = {
  name: 'image',
  summary: 'build a small web server image from what is on this machine',
  about:
    'Builds the image longshore/web:1 from busybox (or Node) of this machine and loads it into the container engine. It serves HTTP on port 8080 and prints a line a request.',
  options: [engine],
  async run(settings, context) {
    const made = await loadLocalImage(await engineAddress(settings.get('engine'), context.environment));
    context.print(made.reference);
    return 0;
  },
};
