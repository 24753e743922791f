/**
 * Resolves at SIGTERM or SIGINT, or when the process that started this one over a channel is gone. A second signal ends at once.
 * With a channel, Ctrl-C is for the process at its other end, which says SIGTERM when it is time.
 */
export function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    const stop = (): void => {
      told = true;
      resolve();
    };
    const signalled = (): void => {
      if (told) process.exit(1);
      stop();
    };
    process.on('SIGTERM', signalled);
    process.on('SIGINT', process.channel === undefined ? signalled : () => undefined);
    if (process.channel !== undefined) process.once('disconnect', stop);
  });
}
