import type { Clock, EpochMs, Ids, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { ContainerRuntime, ImageInfo, RegistryAuth } from '../../runtime/index.ts';
import { EngineRefused, EngineUnavailable } from '../../runtime/index.ts';
import type { ImageLedger } from '../image-cleanup/image-ledger.ts';
import { limits } from '../limits.ts';
import { sleep, within } from '../sleep.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html, ECS_IMAGE_PULL_BEHAVIOR */
export type PullBehavior = 'default' | 'always' | 'once' | 'prefer-cached';

export interface ReadyImage {
  readonly imageId?: string;
  readonly imageDigest?: string;
  /** A registry was asked for the layers; false for a copy on the machine. */
  readonly fromRegistry: boolean;
}

/** For whom an image is. */
export interface Puller {
  /** Of the container's `repositoryCredentials`. */
  readonly auth?: RegistryAuth | undefined;
  readonly isFargate?: boolean;
  /** Of a task that may not be able to reach the registry; `closed` is the task's reason then. */
  readonly way?: { readonly task: string; closed(): Promise<string | undefined> };
}

export interface ImagesOptions {
  readonly runtime: ContainerRuntime;
  readonly behavior: PullBehavior;
  /** A registry can be asked for a digest through the engine; else a pull finds out. */
  readonly digests: boolean;
  readonly inactivityTimeoutMs: number;
  readonly timeoutMs: number;
  /** Images the agent pulled, to be cleaned up one day. */
  readonly ledger: ImageLedger;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/**
 * Brings images to the engine.
 *
 * `default` is ECS's: the registry is asked whether it has something newer, and the local copy is used when it cannot say. Two things make
 * it quick: an image that never was in the registry it is named after (no digest of it) is used as it is, and a registry that could not be reached is not asked
 * again for some minutes when there is a local copy.
 */
export class Images {
  readonly #options: ImagesOptions;
  readonly #running = new Map<string, Promise<ReadyImage>>();
  readonly #pulledOnce = new Set<string>();
  readonly #removing = new Map<string, Promise<void>>();
  readonly #downUntilMs = new Map<string, EpochMs>();

  constructor(options: ImagesOptions) {
    this.#options = options;
  }

  /** Several tasks that need the same image share one pull. @throws Error whose text is the user's reason */
  ensure(reference: string, puller: Puller = {}): Promise<ReadyImage> {
    // Who may pull an image is the registry's to say: only tasks that come with the same password share one.
    const key = `${reference} ${JSON.stringify(puller)}`;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const ready = this.#ensure(reference, puller).finally(() => this.#running.delete(key));
    this.#running.set(key, ready);
    return ready;
  }

  /** Removes a reference; who needs it meanwhile waits and pulls it again. @throws what the engine says */
  async remove(reference: string): Promise<void> {
    if ([...this.#running.keys()].some((key) => key.startsWith(`${reference} `)))
      throw new Error(`${reference} is being pulled`);
    const removing = this.#options.runtime.removeImage(reference).finally(() => this.#removing.delete(reference));
    this.#removing.set(reference, removing);
    await removing;
    this.#pulledOnce.delete(reference);
  }

  async #ensure(reference: string, puller: Puller): Promise<ReadyImage> {
    await this.#removing.get(reference)?.catch(() => undefined); // told to who removes
    const local = await this.#options.runtime.inspectImage(reference);
    if (puller.way !== undefined && !this.#isAtHand(reference, local)) {
      const closed = await puller.way.closed();
      if (closed !== undefined) throw new Error(closed);
    }
    if (local !== undefined && (await this.#isGoodEnough(reference, local, puller))) {
      this.#track(reference, local, { pulled: false });
      return { ...imageOf(reference, local), fromRegistry: false };
    }
    try {
      await this.#pull(reference, puller.auth);
      this.#pulledOnce.add(reference);
      const pulled = await this.#options.runtime.inspectImage(reference);
      if (local === undefined || this.#options.ledger.get(reference) !== undefined)
        this.#track(reference, pulled, { pulled: true });
      return { ...imageOf(reference, pulled), fromRegistry: true };
    } catch (error) {
      if (error instanceof EngineUnavailable) throw error; // the engine's trouble, not the image's: the task waits for it
      const fallsBack = local !== undefined && this.#options.behavior === 'default' && !isShutOut(error, puller);
      if (!fallsBack) throw new Error(pullFailure(error, reference, puller));
      this.#options.log.warn('could not pull, using the local copy', { image: reference, error: messageOf(error) });
      if (!isRefusal(error)) this.#markDown(reference);
      return { ...imageOf(reference, local), fromRegistry: false };
    }
  }

  /** What was on the machine before the first pull is the user's, and is never written down. */
  #track(reference: string, image: ImageInfo | undefined, { pulled }: { readonly pulled: boolean }): void {
    const { ledger, clock } = this.#options;
    const known = ledger.get(reference);
    if (image === undefined || (known === undefined && !pulled)) return;
    const usedAtMs = clock.nowMs();
    if (pulled || known === undefined) ledger.put({ reference, imageId: image.id, pulledAtMs: usedAtMs, usedAtMs });
    else ledger.put({ ...known, usedAtMs });
  }

  /** An image that never was in the registry that it is named after needs no way there; of others FARGATE has no copies. */
  #isAtHand(reference: string, local: ImageInfo | undefined): boolean {
    if (local === undefined) return false;
    return this.#options.behavior === 'prefer-cached' || ownDigests(reference, local).length === 0;
  }

  /** May the local copy be used without pulling? */
  async #isGoodEnough(reference: string, local: ImageInfo, puller: Puller): Promise<boolean> {
    const { behavior } = this.#options;
    if (behavior === 'always') return false;
    if (behavior === 'prefer-cached') return true;
    if (behavior === 'once') return this.#pulledOnce.has(reference);
    if (reference.includes('@sha256:') || ownDigests(reference, local).length === 0) return true;
    return this.#isCurrent(reference, local, puller);
  }

  async #isCurrent(reference: string, local: ImageInfo, puller: Puller): Promise<boolean> {
    const { clock, runtime, log, digests } = this.#options;
    if ((this.#downUntilMs.get(registryOf(reference)) ?? 0) > clock.nowMs()) return true;
    if (!digests) return false;
    try {
      const digest = await within(clock, runtime.resolveDigest(reference, puller.auth), {
        ms: limits.digestTimeoutMs,
        late: undefined,
      });
      if (digest !== undefined) return ownDigests(reference, local).includes(digest);
      log.warn('the registry does not answer, using the local copy', { image: reference });
    } catch (error) {
      if (isShutOut(error, puller)) return false; // the pull will tell
      log.warn('the registry cannot be asked, using the local copy', { image: reference, error: messageOf(error) });
      if (isRefusal(error)) return true;
    }
    this.#markDown(reference);
    return true;
  }

  #markDown(reference: string): void {
    this.#downUntilMs.set(registryOf(reference), this.#options.clock.nowMs() + limits.registryDownMs);
  }

  async #pull(reference: string, auth: RegistryAuth | undefined): Promise<void> {
    const { runtime, clock, ids, log } = this.#options;
    const { timeoutMs, inactivityTimeoutMs } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await runtime.pullImage(reference, { timeoutMs, inactivityTimeoutMs, ...(auth === undefined ? {} : { auth }) });
        return;
      } catch (error) {
        // What the registry says will not change in seconds: a missing image fails at once.
        if (attempt >= limits.pullAttempts || (error instanceof EngineRefused && error.status < 500)) throw error;
        if (error instanceof EngineRefused && isFinal(error.message)) throw error;
        const delayMs = Math.min(limits.pullRetryFirstMs * 1.5 ** (attempt - 1), limits.pullRetryLongestMs);
        log.warn('a pull failed, will try again', { image: reference, error: messageOf(error), attempt });
        await sleep(clock, delayMs * (0.9 + ids.fraction() * 0.2));
      }
    }
  }
}

/** The registry answered, and does not give the image to this user. */
function isRefusal(error: unknown): boolean {
  return error instanceof EngineRefused && /unauthorized|no basic auth|denied/i.test(error.message);
}

/** FARGATE has no copies of others' images: whoever came with the wrong password gets none. */
function isShutOut(error: unknown, { auth, isFargate }: Puller): boolean {
  return isFargate === true && auth !== undefined && isRefusal(error);
}

function isFinal(text: string): boolean {
  return /not found|manifest unknown|denied|unauthorized|no basic auth|no such host|invalid reference/i.test(text);
}

function pullFailure(error: unknown, reference: string, puller: Puller): string {
  if (isShutOut(error, puller)) {
    const [, version = 'latest'] = /[:@]([^/@]+)$/.exec(reference) ?? [];
    return `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: pulling from host ${registryOf(reference)} failed with status code [manifests ${version}]: 401 Unauthorized`;
  }
  const text = error instanceof EngineRefused ? `Error response from daemon: ${error.message}` : messageOf(error);
  return `CannotPullContainerError: ${text}`;
}

function imageOf(reference: string, info: ImageInfo | undefined): Omit<ReadyImage, 'fromRegistry'> {
  if (info === undefined) return {};
  const imageDigest = ownDigests(reference, info)[0];
  return { imageId: info.id, ...(imageDigest === undefined ? {} : { imageDigest }) };
}

/**
 * The digests an image has in the repository that a reference names. An engine also tells those under which the same image was pushed to other
 * repositories; under these it is not to be had by this name.
 */
function ownDigests(reference: string, { repoDigests }: ImageInfo): readonly string[] {
  const own = repositoryOf(reference);
  return repoDigests.flatMap((known) => {
    const [name = '', digest] = known.split('@');
    return digest !== undefined && repositoryOf(name) === own ? [digest] : [];
  });
}

/** A repository's whole name, such as `docker.io/library/nginx` for `nginx:1.27`: engines shorten Docker Hub's. */
function repositoryOf(reference: string): string {
  const host = registryOf(reference);
  const name = reference.split('@')[0]?.replace(/:[^/:]+$/, '') ?? reference;
  const path = name.startsWith(`${host}/`) ? name.slice(host.length + 1) : name;
  return host === 'docker.io' && !path.includes('/') ? `${host}/library/${path}` : `${host}/${path}`;
}

/** Host part of an image reference; Docker Hub when there is none. */
export function registryOf(reference: string): string {
  const first = reference.split('/')[0] ?? '';
  const isHost = reference.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : 'docker.io';
}
