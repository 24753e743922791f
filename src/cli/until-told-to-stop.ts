/** Resolves at SIGTERM or SIGINT, or when the process that started this one over a channel is gone. A second signal ends at once. */
export function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    const stop = (): void => {
      if (told) process.exit(1);
      told = true;
      // A channel that somebody listens to would keep this process alive after its work.
      process.channel?.unref();
      resolve();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    if (process.channel !== undefined) process.once('disconnect', stop);
  });
}
