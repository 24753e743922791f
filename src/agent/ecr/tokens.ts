import type { Clock, EpochMs } from '../../kernel/index.ts';
import type { RegistryAuth } from '../../runtime/index.ts';
import { ApiError, type ApiClient } from '../session/api-client.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import { limits } from '../limits.ts';
import { EcrRefusal } from './failures.ts';

const target = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';

/** Whose token: the role's of a task, or undefined for the agent's own. */
export interface Puller {
  readonly credentials: AwsCredentials | undefined;
  readonly region: string;
}

/** Passwords of the registry, kept for a while: tasks of one role share them, since they stand for the role. */
export class EcrTokens {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly auth: RegistryAuth; readonly untilMs: EpochMs }>();

  constructor(client: ApiClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws EcrRefusal when the caller may not have one, Unavailable */
  async of({ credentials, region }: Puller): Promise<RegistryAuth> {
    const key = `${credentials?.accessKeyId ?? ''}/${region}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#clock.nowMs() < kept.untilMs) return kept.auth;
    const auth = await this.#ask({ credentials, region });
    this.#kept.delete(key);
    this.#kept.set(key, { auth, untilMs: this.#clock.nowMs() + limits.registryTokenMs });
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > limits.registryTokens && oldest !== undefined) this.#kept.delete(oldest);
    return auth;
  }

  async #ask({ credentials, region }: Puller): Promise<RegistryAuth> {
    try {
      const answer = await this.#client.call({
        service: 'ecr',
        target,
        input: {},
        region,
        ...(credentials === undefined ? {} : { credentials }),
      });
      const [data] = (answer['authorizationData'] ?? []) as readonly {
        authorizationToken?: string;
        proxyEndpoint?: string;
      }[];
      const text = Buffer.from(data?.authorizationToken ?? '', 'base64').toString('utf8');
      const colon = text.indexOf(':');
      return {
        username: text.slice(0, colon),
        password: text.slice(colon + 1),
        serverAddress: data?.proxyEndpoint ?? '',
      };
    } catch (error) {
      if (error instanceof ApiError) throw new EcrRefusal('token', error.status, error.message);
      throw error;
    }
  }
}
