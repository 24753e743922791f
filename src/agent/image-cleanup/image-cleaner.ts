import type { Cancel, Clock, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import type { Images } from '../hooks/images.ts';
import type { TaskTable } from '../tasks/task-table.ts';
import type { CleanupAction, ImageCleanupSettings } from './decide-removals.ts';
import { decideRemovals } from './decide-removals.ts';
import type { ImageLedger } from './image-ledger.ts';

export interface ImageCleanerOptions {
  readonly settings: ImageCleanupSettings;
  readonly runtime: ContainerRuntime;
  readonly images: Images;
  readonly ledger: ImageLedger;
  readonly table: TaskTable;
  readonly clock: Clock;
  readonly log: Log;
}

/** Looks now and then for images that no task needs any more, and removes those that are this agent's to remove. */
export class ImageCleaner {
  readonly #options: ImageCleanerOptions;
  #cancel: Cancel = () => undefined;
  #stopped = false;

  constructor(options: ImageCleanerOptions) {
    this.#options = options;
    if (!options.settings.disabled) this.#later();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #later(): void {
    const { clock, settings } = this.#options;
    this.#cancel = clock.after(settings.intervalMs, () => void this.#cycle());
  }

  async #cycle(): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#look();
    } catch (error) {
      log.warn('images could not be cleaned up, will try again', { error: messageOf(error) });
    }
    if (!this.#stopped) this.#later();
  }

  async #look(): Promise<void> {
    const { settings, runtime, ledger, clock } = this.#options;
    if (!settings.untracked && ledger.all().length === 0) return;
    const [images, containers] = await Promise.all([runtime.listImages(), runtime.list({})]);
    const actions = decideRemovals({
      nowMs: clock.nowMs(),
      settings,
      tracked: ledger.all(),
      images,
      inUse: this.#inUse(),
      ofContainers: new Set(containers.map(({ imageId }) => imageId)),
    });
    for (const action of actions) await this.#carryOut(action);
  }

  async #carryOut({ kind, reference }: CleanupAction): Promise<void> {
    const { ledger, images, log } = this.#options;
    if (kind === 'forget') return ledger.forget(reference);
    // A task may have come since the decision; from here on it waits for the removal.
    if (this.#stopped || this.#inUse().has(reference)) return;
    try {
      await images.remove(reference);
      log.info('an image that no task needs was removed', { image: reference });
      ledger.forget(reference);
    } catch (error) {
      log.info('an image was not removed, the engine refuses', { image: reference, error: messageOf(error) });
    }
  }

  #inUse(): ReadonlySet<string> {
    const used = new Set<string>();
    for (const { payload, state } of this.#options.table.all()) {
      for (const { image } of payload.containers) used.add(image);
      for (const { imageId } of state.containers) if (imageId !== undefined) used.add(imageId);
    }
    return used;
  }
}
