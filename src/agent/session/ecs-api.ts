import type { TaskReport } from '../engine/index.ts';
import type { ApiClient } from './api-client.ts';
import type { AwsCredentials } from './credentials.ts';

const prefix = 'AmazonEC2ContainerServiceV20141113';

export interface Attribute {
  readonly name: string;
  readonly value?: string;
}

export type TotalResource =
  | { readonly name: string; readonly type: 'INTEGER'; readonly integerValue: number }
  | { readonly name: string; readonly type: 'STRINGSET'; readonly stringSetValue: readonly string[] };

export interface RegisterRequest {
  readonly cluster: string;
  readonly clientToken: string;
  readonly containerInstanceArn?: string;
  readonly instanceIdentityDocument: string;
  readonly instanceIdentityDocumentSignature: string;
  readonly totalResources: readonly TotalResource[];
  readonly attributes: readonly Attribute[];
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

export interface RegisteredInstance {
  readonly containerInstanceArn: string;
  readonly attributes: readonly Attribute[];
}

export interface PollEndpoint {
  readonly endpoint: string;
  readonly telemetryEndpoint: string;
}

/** The actions of ECS that an agent calls. */
export class EcsApi {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async registerContainerInstance(request: RegisterRequest): Promise<RegisteredInstance> {
    const { containerInstance } = await this.#call('RegisterContainerInstance', request);
    const { containerInstanceArn, attributes } = (containerInstance ?? {}) as Partial<RegisteredInstance>;
    if (typeof containerInstanceArn !== 'string' || containerInstanceArn === '')
      throw new Error('RegisterContainerInstance answered without a containerInstanceArn');
    return { containerInstanceArn, attributes: attributes ?? [] };
  }

  async discoverPollEndpoint(cluster: string, containerInstance: string): Promise<PollEndpoint> {
    const answer = await this.#call('DiscoverPollEndpoint', { cluster, containerInstance, zoneId: '' });
    const endpoint = answer['endpoint'];
    if (typeof endpoint !== 'string' || endpoint === '')
      throw new Error('DiscoverPollEndpoint answered without an endpoint');
    const telemetry = answer['telemetryEndpoint'];
    return { endpoint, telemetryEndpoint: typeof telemetry === 'string' ? telemetry : endpoint };
  }

  async submitTaskStateChange(cluster: string, report: TaskReport): Promise<void> {
    await this.#call('SubmitTaskStateChange', { cluster, ...report });
  }

  async submitAttachmentStateChanges(cluster: string, attachments: NonNullable<TaskReport['volumes']>): Promise<void> {
    await this.#call('SubmitAttachmentStateChanges', { cluster, attachments });
  }

  async createCluster(clusterName: string): Promise<void> {
    await this.#call('CreateCluster', { clusterName });
  }

  async listTagsForResource(resourceArn: string): Promise<readonly { readonly key: string; readonly value: string }[]> {
    const { tags } = await this.#call('ListTagsForResource', { resourceArn });
    return (tags ?? []) as readonly { key: string; value: string }[];
  }

  /** On behalf of a task, with its role. */
  protection(
    action: 'GetTaskProtection' | 'UpdateTaskProtection',
    input: object,
    role: { readonly credentials: AwsCredentials; readonly region: string },
  ): Promise<Record<string, unknown>> {
    return this.#client.call({
      service: 'ecs',
      target: `${prefix}.${action}`,
      input,
      ...role,
      timeoutMs: 4_000,
      attempts: 1,
    });
  }

  #call(operation: string, input: object): Promise<Record<string, unknown>> {
    return this.#client.call({ service: 'ecs', target: `${prefix}.${operation}`, input });
  }
}
