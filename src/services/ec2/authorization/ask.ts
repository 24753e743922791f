import { formatArn } from '../../../kernel/index.ts';
import { conditionValues } from '../../../protocol/api/index.ts';
import type { AccessQuestion, RequestContext } from '../../../protocol/api/index.ts';
import type { Tag, TagSpecification } from '../../../protocol/generated/ec2.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import { kinds } from '../kinds.ts';
import type { Networks } from '../networks.ts';
import type { ResourceType } from '../tags.ts';

type Action = keyof Operations;
type Keys = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a request says of what it makes or changes. */
export interface Said {
  readonly keys?: Keys;
  readonly tags?: readonly Tag[] | undefined;
  /** Of a request that names keys of tags only. */
  readonly tagKeys?: readonly string[];
}

/** Makes the questions of one request. */
export class Asker {
  readonly #networks: Networks;
  readonly #context: RequestContext;
  readonly #action: Action;

  constructor(networks: Networks, context: RequestContext, action: Action) {
    this.#networks = networks;
    this.#context = context;
    this.#action = action;
  }

  /** About an action that has no resource. */
  any(): AccessQuestion {
    const keys = { 'ec2:Region': this.#context.region };
    return { action: `ec2:${this.#action}`, resource: '*', context: conditionValues({ keys }) };
  }

  /** About a thing that is there, or is said to be. Its tags and keys are looked up when a policy asks. */
  on(type: ResourceType, id: string, said: Said = {}): AccessQuestion {
    const { account, region } = this.#context;
    const known = () => kinds.find((kind) => kind.type === type)?.find(this.#networks, { account, region }, id);
    return {
      action: `ec2:${this.#action}`,
      resource: this.arn(type, id),
      context: conditionValues({
        service: 'ec2',
        keys: { 'ec2:Region': region, ...lazy(() => known()?.keys ?? {}, type), ...said.keys },
        requestTags: pairs(said.tags),
        ...(said.tagKeys === undefined ? {} : { tagKeys: said.tagKeys }),
        resourceTags: () => Object.entries(known()?.tags ?? {}).map(([key, value]) => ({ key, value })),
      }),
    };
  }

  /** About a thing that the request makes, and about tagging it when the request does that too. */
  making(
    type: ResourceType,
    { TagSpecifications = [] }: { readonly TagSpecifications?: readonly TagSpecification[] | undefined },
    keys: Keys = {},
  ): readonly AccessQuestion[] {
    const { region } = this.#context;
    const tags = TagSpecifications.flatMap(({ Tags = [] }) => Tags);
    const resource = this.arn(type, '*');
    const all = { 'ec2:Region': region, ...keys };
    const requestTags = pairs(tags);
    const question = {
      action: `ec2:${this.#action}`,
      resource,
      context: conditionValues({ keys: all, requestTags }),
    };
    if (tags.length === 0) return [question];
    const tagging = {
      action: 'ec2:CreateTags',
      resource,
      context: conditionValues({ keys: { ...all, 'ec2:CreateAction': this.#action }, requestTags }),
    };
    return [question, tagging];
  }

  arn(type: ResourceType, id: string): string {
    const { account, region } = this.#context;
    return formatArn('ec2', region, account, `${type}/${id}`);
  }
}

/** The keys that a kind of thing may have, each read when a policy asks for it. */
const keysOfTypes: Partial<Record<ResourceType, readonly string[]>> = {
  vpc: ['ec2:VpcID', 'ec2:Tenancy'],
  subnet: ['ec2:SubnetID', 'ec2:AvailabilityZone', 'ec2:Vpc'],
  'route-table': ['ec2:RouteTableID', 'ec2:Vpc'],
  'internet-gateway': ['ec2:InternetGatewayID'],
  'elastic-ip': ['ec2:AllocationId', 'ec2:PublicIpAddress', 'ec2:Domain'],
  natgateway: ['ec2:Vpc'],
  'network-acl': ['ec2:NetworkAclID', 'ec2:Vpc'],
  'vpc-endpoint': ['ec2:VpceServiceName', 'ec2:VpceServiceOwner'],
  'dhcp-options': ['ec2:DhcpOptionsID'],
  'network-interface': ['ec2:NetworkInterfaceID', 'ec2:Subnet', 'ec2:AvailabilityZone', 'ec2:Vpc'],
  'security-group': ['ec2:SecurityGroupID', 'ec2:Vpc'],
  volume: [
    'ec2:AvailabilityZone',
    'ec2:Encrypted',
    'ec2:ParentSnapshot',
    'ec2:VolumeID',
    'ec2:VolumeIops',
    'ec2:VolumeSize',
    'ec2:VolumeThroughput',
    'ec2:VolumeType',
  ],
  snapshot: ['ec2:Encrypted', 'ec2:Owner', 'ec2:ParentVolume', 'ec2:SnapshotID', 'ec2:SnapshotTime', 'ec2:VolumeSize'],
};

function lazy(
  read: () => Readonly<Record<string, string | undefined>>,
  type: ResourceType,
): Record<string, () => string | undefined> {
  return Object.fromEntries((keysOfTypes[type] ?? []).map((key) => [key, () => read()[key]]));
}

function pairs(tags: readonly Tag[] = []): readonly { readonly key: string; readonly value: string }[] {
  return tags.map(({ Key: key = '', Value: value = '' }) => ({ key, value }));
}
