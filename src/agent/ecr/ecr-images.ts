import type { Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { messageOf, Unavailable, Turns } from '../../kernel/index.ts';
import type { Clock, Log, ServerTrust } from '../../kernel/index.ts';
import type { ContainerRuntime, ImageInfo, RegistryAuth } from '../../runtime/index.ts';
import { EngineRefused, EngineUnavailable } from '../../runtime/index.ts';
import type { PullBehavior, ReadyImage } from '../hooks/images.ts';
import type { ImageLedger } from '../image-cleanup/image-ledger.ts';
import { limits } from '../limits.ts';
import { sleep } from '../sleep.ts';
import { createSplice } from './endpoint-splice.ts';
import { EcrRefusal, pullFailure, type PullFailure } from './failures.ts';
import { isLoopback, pulledFrom, readEcrReference, type EcrReference } from './reference.ts';
import { lookUp } from './registry-client.ts';
import type { EcrTokens, Puller } from './tokens.ts';

export interface EcrImagesOptions {
  readonly runtime: ContainerRuntime;
  /** Of the control plane, which is the registry. */
  readonly endpoint: string;
  readonly trust?: ServerTrust | undefined;
  readonly tokens: EcrTokens;
  readonly behavior: PullBehavior;
  readonly inactivityTimeoutMs: number;
  readonly timeoutMs: number;
  readonly ledger: ImageLedger;
  readonly clock: Clock;
  readonly log: Log;
}

export interface EcrPull {
  readonly image: string;
  readonly puller: Puller;
  readonly isFargate: boolean;
}

/** A pull that failed; the texts are the user's. */
export class EcrPullFailed extends Error {
  override readonly name = 'EcrPullFailed';
  readonly failure: PullFailure;
  constructor(failure: PullFailure) {
    super(failure.reason);
    this.failure = failure;
  }
}

interface Known {
  readonly digest: string;
  readonly imageId: string;
}

/**
 * Brings images of the control plane's registry to the engine, under the names that task definitions have for them. The engine pulls them
 * from this machine's loopback, where it needs neither a name server nor a certificate, and the image then gets its name. Every task asks
 * the registry with its own role: what one may have, another may not.
 */
export class EcrImages {
  readonly #options: EcrImagesOptions;
  readonly #endpoint: URL;
  /** What an image was when it was pulled last. */
  readonly #known = new Map<string, Known>();
  /** The engine's name for an image is given and taken away: two pulls of it at once would confuse each other. */
  readonly #pulling = new Turns();
  #forward: Promise<{ readonly server: Server; readonly host: string }> | undefined;

  constructor(options: EcrImagesOptions) {
    this.#options = options;
    this.#endpoint = new URL(options.endpoint);
  }

  /** Undefined: the image is in another registry. */
  referenceOf(image: string): EcrReference | undefined {
    return readEcrReference(image, this.#endpoint);
  }

  /** What the engine calls an image: one that was pulled by its digest has no other name than where it came from. */
  async engineName(image: string): Promise<string> {
    const reference = this.referenceOf(image);
    if (reference?.isDigest !== true || (await this.#options.runtime.inspectImage(image)) !== undefined) return image;
    return pulledFrom(await this.#host(), reference);
  }

  async stop(): Promise<void> {
    (await this.#forward)?.server.close();
  }

  /** @throws EcrPullFailed; EngineUnavailable, which is the engine's trouble and not the image's */
  async ensure(pull: EcrPull, reference: EcrReference): Promise<ReadyImage> {
    const { runtime, behavior, log } = this.#options;
    const local = await runtime.inspectImage(pull.image);
    if (local !== undefined && !pull.isFargate && behavior === 'prefer-cached') return readyImage(local, false);
    if (local !== undefined && !pull.isFargate && behavior === 'once' && this.#known.has(pull.image))
      return readyImage(local, false);
    try {
      return await this.#fromRegistry(pull, reference);
    } catch (error) {
      if (error instanceof EngineUnavailable) throw error;
      if (local !== undefined && this.#mayFallBack(pull, error)) {
        log.warn('not from the registry, using the local copy', { image: pull.image, error: messageOf(error) });
        return readyImage(local, false);
      }
      throw new EcrPullFailed(this.#failure(pull, reference, error));
    }
  }

  /** An image that no repository has and that the agent did not pull is the machine's own, whatever its name. */
  #mayFallBack({ image, isFargate }: EcrPull, error: unknown): boolean {
    if (error instanceof EcrRefusal && error.kind === 'noRepository')
      return this.#options.ledger.get(image) === undefined;
    return !isFargate && this.#options.behavior !== 'always';
  }

  #failure({ image, isFargate }: EcrPull, reference: EcrReference, error: unknown): PullFailure {
    if (error instanceof EcrRefusal) return pullFailure(error, image, reference, isFargate);
    const text = error instanceof EngineRefused ? `Error response from daemon: ${error.message}` : messageOf(error);
    return { reason: `CannotPullContainerError: ${text}` };
  }

  async #fromRegistry(pull: EcrPull, reference: EcrReference): Promise<ReadyImage> {
    const auth = await this.#options.tokens.of(pull.puller);
    const digest = await lookUp({ endpoint: this.#endpoint, trust: this.#options.trust }, reference, auth);
    const image = reference.isDigest ? await this.engineName(pull.image) : pull.image;
    const present = await this.#options.runtime.inspectImage(image);
    const known = this.#known.get(pull.image);
    if (known !== undefined && known.digest === digest && known.imageId === present?.id) {
      this.#track(image, present, present);
      return { imageId: known.imageId, imageDigest: digest, fromRegistry: true };
    }
    return this.#pulling.take(pull.image, async () => {
      const pulled = await this.#pull({ image, reference, auth });
      this.#track(image, present, pulled);
      this.#remember(pull.image, { digest, imageId: pulled.id });
      return { imageId: pulled.id, imageDigest: digest, fromRegistry: true };
    });
  }

  /** Pulls from loopback, and gives the image its name instead of that one. */
  async #pull({
    image,
    reference,
    auth,
  }: {
    readonly image: string;
    readonly reference: EcrReference;
    readonly auth: RegistryAuth;
  }): Promise<ImageInfo> {
    const { runtime } = this.#options;
    const from = pulledFrom(await this.#host(), reference);
    await this.#pullPatiently(from, auth);
    if (from !== image && !reference.isDigest) {
      await runtime.tagImage(from, image);
      await runtime.removeImage(from);
    }
    const pulled = await runtime.inspectImage(image);
    if (pulled === undefined) throw new Error(`the engine has no image ${image} after it was pulled`);
    return pulled;
  }

  async #pullPatiently(from: string, auth: RegistryAuth): Promise<void> {
    const { runtime, clock, log, timeoutMs, inactivityTimeoutMs } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await runtime.pullImage(from, { auth, timeoutMs, inactivityTimeoutMs });
        return;
      } catch (error) {
        const isFinal =
          error instanceof EngineRefused &&
          (error.status < 500 || /denied|not found|unknown|http:/i.test(error.message));
        if (isFinal || attempt >= limits.pullAttempts) throw error;
        log.warn('a pull failed, will try again', { image: from, error: messageOf(error), attempt });
        await sleep(clock, limits.pullRetryFirstMs);
      }
    }
  }

  #remember(image: string, known: Known): void {
    this.#known.delete(image);
    this.#known.set(image, known);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > limits.trackedImages && oldest !== undefined) this.#known.delete(oldest);
  }

  /** What was on the machine before the first pull is the user's, and is never written down. */
  #track(image: string, before: ImageInfo | undefined, now: ImageInfo): void {
    const { ledger, clock } = this.#options;
    const written = ledger.get(image);
    if (written === undefined && before !== undefined) return;
    const usedAtMs = clock.nowMs();
    const pulledAtMs = written !== undefined && before?.id === now.id ? written.pulledAtMs : usedAtMs;
    ledger.put({ reference: image, imageId: now.id, pulledAtMs, usedAtMs });
  }

  /** Where the engine reaches the registry in plain HTTP: only loopback is trusted so. */
  async #host(): Promise<string> {
    const { protocol, hostname, host } = this.#endpoint;
    if (protocol === 'http:' && isLoopback(hostname)) return this.#endpoint.port === '' ? `${host}:80` : host;
    this.#forward ??= listen(createSplice(this.#options.endpoint, this.#options.trust)).catch((error: unknown) => {
      this.#forward = undefined;
      throw new Unavailable(`the engine cannot be given a way to the registry: ${messageOf(error)}`);
    });
    return (await this.#forward).host;
  }
}

function listen(server: Server): Promise<{ readonly server: Server; readonly host: string }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      resolve({ server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` });
    });
  });
}

function readyImage(local: ImageInfo, fromRegistry: boolean): ReadyImage {
  const digest = local.repoDigests[0]?.split('@')[1];
  return { imageId: local.id, ...(digest === undefined ? {} : { imageDigest: digest }), fromRegistry };
}
