import { formatArn, parseArn } from '../kernel/index.ts';
import { evaluate, parsePolicy, PolicySet, principalContext, type Principal } from '../policy/index.ts';
import type { InfrastructureRoles } from '../services/ecs/index.ts';
import type { Identities } from '../services/iam/index.ts';
import { lastPart } from './credentials.ts';

const ecs = 'ecs.amazonaws.com';

type Request = Parameters<InfrastructureRoles['volumeRefusal']>[0];
type Keys = Readonly<Record<string, string>>;

/** What ECS asks of EC2 as the role, with the condition keys that AmazonECSInfrastructureRolePolicyForVolumes asks for. */
function questions({ scope, snapshotId, tags }: Request): readonly { action: string; resource: string; keys: Keys }[] {
  const arn = (resource: string): string => formatArn('ec2', scope.region, scope.account, resource);
  const requestTags = prefixed('aws:requesttag/', tags);
  const resourceTags = prefixed('aws:resourcetag/', tags);
  return [
    { action: 'ec2:CreateVolume', resource: arn('volume/*'), keys: requestTags },
    ...(snapshotId === undefined
      ? []
      : [{ action: 'ec2:CreateVolume', resource: arn(`snapshot/${snapshotId}`), keys: {} }]),
    {
      action: 'ec2:CreateTags',
      resource: arn('volume/*'),
      keys: { ...requestTags, 'ec2:createaction': 'CreateVolume' },
    },
    { action: 'ec2:AttachVolume', resource: arn('volume/*'), keys: resourceTags },
  ];
}

function prefixed(prefix: string, tags: Keys): Keys {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}${key.toLowerCase()}`, value]));
}

/** ECS's port to IAM: roles with which ECS manages volumes. */
export function infrastructureRoles(identities: Identities): InfrastructureRoles {
  return {
    volumeRefusal: (request) => (mayManage(identities, request) ? undefined : refusalOf(request.roleArn)),
  };
}

function mayManage(identities: Identities, request: Request): boolean {
  const { scope, roleArn } = request;
  const { account } = scope;
  const role = parseArn(roleArn)?.account === account ? identities.role(account, lastPart(roleArn)) : undefined;
  if (role === undefined || !trustsEcs({ account, arn: roleArn, trust: role.trust })) return false;
  const own = identities.ofRole(account, lastPart(roleArn));
  if (own === undefined) return false;
  const sessionName = 'ecs-volume';
  const principal: Principal = {
    type: 'role-session',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${lastPart(roleArn)}/${sessionName}`,
    roleArn,
    roleId: role.id,
    sessionName,
  };
  const policies = {
    identity: own.identity,
    ...(own.boundary === undefined ? {} : { boundary: own.boundary }),
  };
  return questions(request).every(({ action, resource, keys }) => {
    const context = new Map<string, readonly string[]>([
      ...principalContext(principal),
      ...Object.entries({ ...keys, 'ec2:region': scope.region }).map(([key, value]) => [key, [value]] as const),
    ]);
    return evaluate({ principal, action, resource, context, policies }).outcome === 'allowed';
  });
}

function trustsEcs(role: { readonly arn: string; readonly account: string; readonly trust: string }): boolean {
  const principal: Principal = { type: 'service', name: ecs };
  const context = new Map([...principalContext(principal), ['aws:sourceaccount', [role.account]] as const]);
  const trust = new PolicySet([{ name: 'the trust policy', document: parsePolicy(role.trust, { kind: 'trust' }) }]);
  const question = { principal, action: 'sts:AssumeRole', resource: role.arn, context, policies: { trust } };
  return evaluate(question).outcome === 'allowed';
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-ebs-volumes-scenarios.html: also for one that may not do what is needed. */
function refusalOf(roleArn: string): string {
  return `ECS was unable to assume the configured ECS Infrastructure Role '${roleArn}'. Please verify that the role being passed has the proper trust relationship with Amazon ECS`;
}
