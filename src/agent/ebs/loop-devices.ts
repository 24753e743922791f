import type { Clock } from '../../kernel/index.ts';
import { sleep } from '../sleep.ts';
import { runCommand } from './run-command.ts';

const timeoutMs = 30_000;
/** How long a device may still be mounted, and how often that is looked at. */
const detachWithinMs = 60_000;
const lookAgainMs = 200;

/** The devices through which a file is seen now. @throws CommandFailure */
export async function devicesOf(path: string): Promise<readonly string[]> {
  const printed = await runCommand('losetup', ['--associated', path, '--noheadings', '--output', 'NAME'], {
    timeoutMs,
  });
  return printed.split('\n').flatMap((line) => line.trim() || []);
}

/** A block device that is the file; one that is there already is taken. @throws CommandFailure */
export async function attachDevice(path: string): Promise<string> {
  const [present] = await devicesOf(path);
  if (present !== undefined) return present;
  return (await runCommand('losetup', ['--find', '--show', path], { timeoutMs })).trim();
}

/** With those of a file that was removed while it was attached: the kernel goes on to call it so. */
async function devicesEverOf(path: string): Promise<readonly string[]> {
  return [...(await devicesOf(path)), ...(await devicesOf(`${path} (deleted)`))];
}

/** One that was still mounted goes by itself as soon as it is not, so also between the look and the command. @throws CommandFailure */
async function detachDevice(device: string, path: string): Promise<void> {
  try {
    await runCommand('losetup', ['--detach', device], { timeoutMs });
  } catch (error) {
    if ((await devicesEverOf(path)).includes(device)) throw error;
  }
}

/** Takes a file's devices away, which is done when nobody has them mounted any more. @throws Error when somebody still has */
export async function detachDevices(path: string, clock: Clock): Promise<void> {
  const untilMs = clock.nowMs() + detachWithinMs;
  for (;;) {
    const devices = await devicesEverOf(path);
    if (devices.length === 0) return;
    if (clock.nowMs() > untilMs) throw new Error(`${devices.join(', ')} of ${path} is still in use`);
    for (const device of devices) await detachDevice(device, path);
    if ((await devicesEverOf(path)).length > 0) await sleep(clock, lookAgainMs);
  }
}
