import { ApiError } from '../../../protocol/api/index.ts';
import { scopeOf, type Elbv2Deps, type Elbv2Handler, type Input } from '../core.ts';
import { notImplemented, tooMany, validationError } from '../errors.ts';
import { maxTargetGroupsPerRegion } from '../limits.ts';
import { checkName } from '../names.ts';
import type { Network } from '../ports.ts';
import { scopeText, type Scope } from '../records/scope.ts';
import {
  targetGroupKey,
  targetGroups,
  type ProtocolVersion,
  type TargetGroupProtocol,
  type TargetGroupRecord,
} from '../records/target-group.ts';
import { stableJson } from '../stable-json.ts';
import { checkedTags } from '../tags.ts';
import { describedTargetGroup } from '../target-groups/described.ts';
import { healthCheckOf } from '../target-groups/health-check.ts';

type Wanted = Omit<TargetGroupRecord, 'id' | 'attributes' | 'uses'>;
type Request = Input<'CreateTargetGroup'>;

const protocols: readonly TargetGroupProtocol[] = ['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP'];
const protocolVersions: readonly ProtocolVersion[] = ['HTTP1', 'HTTP2', 'GRPC'];

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html */
export function createTargetGroup({ db, ids, network }: Elbv2Deps): Elbv2Handler<'CreateTargetGroup'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const wanted = checkedRequest(network, scope, input);
    const { result } = await db.transact((tx) => {
      const key = targetGroupKey(scope, wanted.name);
      const present = tx.get(targetGroups, key);
      if (present !== undefined) return sameOrDuplicate(present, wanted);
      if (db.table(targetGroups).count('scope', scopeText(scope)) >= maxTargetGroupsPerRegion) {
        throw tooMany(
          'TargetGroups',
          `The maximum number of target groups (${maxTargetGroupsPerRegion}) has been reached`,
        );
      }
      const row: TargetGroupRecord = { ...wanted, id: ids.hex(16), attributes: {}, uses: 0 };
      tx.create(targetGroups, key, row);
      return row;
    });
    return { TargetGroups: [describedTargetGroup(db, result)] };
  };
}

function checkedRequest(network: Network, scope: Scope, input: Request): Wanted {
  const { Name: name, TargetType: targetType = 'instance', Port: port, VpcId: vpcId } = input;
  checkName('Target group name', name);
  if (targetType === 'lambda' || targetType === 'alb') throw notImplemented(`The target type ${targetType}`);
  if ((input.IpAddressType ?? 'ipv4') !== 'ipv4') throw notImplemented(`The IP address type ${input.IpAddressType}`);
  if (input.TargetControlPort !== undefined) throw notImplemented('TargetControlPort');
  const protocol = checkedProtocol(input.Protocol);
  if (port === undefined) throw validationError('A port must be specified');
  if (vpcId === undefined) throw validationError('A VPC ID must be specified');
  if (network.vpc(scope, vpcId) === undefined) throw validationError(`The VPC ID '${vpcId}' is not found`);
  const protocolVersion = checkedVersion(protocol, input.ProtocolVersion);
  const kind = { targetType, protocol, ...(protocolVersion === undefined ? {} : { protocolVersion }) };
  const healthCheck = healthCheckOf(kind, input);
  return { ...scope, ...kind, name, port, vpcId, healthCheck, tags: checkedTags(input.Tags) };
}

function checkedProtocol(given: Request['Protocol']): TargetGroupProtocol {
  if (given === undefined) throw validationError('A protocol must be specified');
  const protocol = protocols.find((one) => one === given);
  if (protocol === undefined) throw notImplemented(`The protocol ${given}`);
  return protocol;
}

function checkedVersion(protocol: TargetGroupProtocol, given: string | undefined): ProtocolVersion | undefined {
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
    if (given === undefined) return undefined;
    throw validationError(`Protocol version is not supported for target groups with the '${protocol}' protocol`);
  }
  const version = protocolVersions.find((one) => one === (given ?? 'HTTP1'));
  if (version === undefined) throw validationError(`Protocol version '${given}' must be one of 'HTTP1, HTTP2, GRPC'`);
  return version;
}

/** Creating the same again answers with what there is. @throws DuplicateTargetGroupName */
function sameOrDuplicate(present: TargetGroupRecord, wanted: Wanted): TargetGroupRecord {
  const isSame =
    present.targetType === wanted.targetType &&
    present.protocol === wanted.protocol &&
    present.protocolVersion === wanted.protocolVersion &&
    present.port === wanted.port &&
    present.vpcId === wanted.vpcId &&
    stableJson(present.healthCheck) === stableJson(wanted.healthCheck);
  if (isSame) return present;
  throw new ApiError(
    'DuplicateTargetGroupName',
    `A target group with the same name '${wanted.name}' exists, but with different settings`,
  );
}
