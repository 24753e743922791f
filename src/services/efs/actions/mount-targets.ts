import { InvalidArgument, Unavailable } from '../../../kernel/index.ts';
import {
  availableFileSystem,
  neededAccessPoint,
  neededFileSystem,
  neededMountTarget,
  pageOf,
  presentRows,
  scopeOf,
  type EfsDeps,
  type EfsHandler,
} from '../core.ts';
import { describedMountTarget } from '../described.ts';
import { badRequest, efsError, notImplemented } from '../errors.ts';
import { maxSecurityGroups } from '../limits.ts';
import { fileSystemKey, fileSystems } from '../records/file-system.ts';
import { fileSystemText, mountTargetKey, mountTargets, type MountTargetRecord } from '../records/mount-target.ts';
import type { Scope } from '../records/scope.ts';

/** https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html */
export function createMountTarget(deps: EfsDeps): EfsHandler<'CreateMountTarget'> {
  const { db, ids, network } = deps;
  return async (input, context) => {
    const scope = scopeOf(context);
    if ((input.IpAddressType ?? 'IPV4_ONLY') !== 'IPV4_ONLY' || input.Ipv6Address !== undefined)
      throw notImplemented('IPv6');
    const { result } = await db.transact((tx) => {
      const fileSystem = availableFileSystem(tx, scope, input.FileSystemId);
      const subnet = network.subnet(scope, input.SubnetId);
      if (subnet === undefined) throw efsError('SubnetNotFound', `The subnet ID '${input.SubnetId}' does not exist`);
      const others = db
        .table(mountTargets)
        .page('fileSystem', fileSystemText({ ...scope, fileSystemId: fileSystem.id }), {
          limit: 100,
        }).rows;
      for (const { row } of others) {
        if (row.vpcId !== subnet.vpcId)
          throw efsError(
            'MountTargetConflict',
            `requested subnet for new mount target is not in the same VPC as existing mount targets`,
          );
        if (row.availabilityZone === subnet.availabilityZone)
          throw efsError('MountTargetConflict', 'mount target already exists in this AZ');
      }
      const securityGroupIds = securityGroupsIn(network, { scope, vpcId: subnet.vpcId, given: input.SecurityGroups });
      const id = `fsmt-0${ids.hex(16)}`;
      const made = withAddressErrors(input, () =>
        network.createInterface(tx, {
          scope,
          subnetId: subnet.id,
          ...(input.IpAddress === undefined ? {} : { privateIpv4Address: input.IpAddress }),
          securityGroups: securityGroupIds,
          description: `EFS mount target for ${fileSystem.id} (${id})`,
        }),
      );
      const row: MountTargetRecord = {
        ...scope,
        id,
        fileSystemId: fileSystem.id,
        subnetId: subnet.id,
        vpcId: subnet.vpcId,
        availabilityZone: subnet.availabilityZone,
        networkInterfaceId: made.networkInterfaceId,
        ipAddress: made.privateIpv4Address,
        securityGroupIds,
      };
      tx.put(fileSystems, fileSystemKey(scope, fileSystem.id), { ...fileSystem, uses: fileSystem.uses + 1 });
      tx.create(mountTargets, mountTargetKey(scope, id), row);
      return row;
    });
    return { ...describedMountTarget(deps, result), LifeCycleState: 'creating' };
  };
}

function withAddressErrors<T>(
  { IpAddress: address, SubnetId: subnetId }: { readonly IpAddress?: string | undefined; readonly SubnetId: string },
  run: () => T,
): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Unavailable)
      throw efsError('NoFreeAddressesInSubnet', `The subnet '${subnetId}' has no free addresses.`);
    if (!(error instanceof InvalidArgument)) throw error;
    if (/in use/.test(error.message)) throw efsError('IpAddressInUse', `The address ${address ?? ''} is in use.`);
    throw badRequest(error.message);
  }
}

/** @throws SecurityGroupLimitExceeded, SecurityGroupNotFound */
function securityGroupsIn(
  network: EfsDeps['network'],
  {
    scope,
    vpcId,
    given = [],
  }: { readonly scope: Scope; readonly vpcId: string; readonly given?: readonly string[] | undefined },
): readonly string[] {
  if (given.length > maxSecurityGroups)
    throw efsError(
      'SecurityGroupLimitExceeded',
      `A mount target can have at most ${maxSecurityGroups} security groups.`,
    );
  for (const id of given) {
    if (network.securityGroupVpc(scope, id) !== vpcId)
      throw efsError('SecurityGroupNotFound', `The security group '${id}' does not exist in the VPC '${vpcId}'.`);
  }
  return given.length > 0 ? [...new Set(given)] : [network.defaultSecurityGroup(scope, vpcId)];
}

/** https://docs.aws.amazon.com/efs/latest/ug/API_DescribeMountTargets.html */
export function describeMountTargets(deps: EfsDeps): EfsHandler<'DescribeMountTargets'> {
  const { db } = deps;
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const { FileSystemId, MountTargetId, AccessPointId, Marker: marker } = input;
    if ([FileSystemId, MountTargetId, AccessPointId].filter((id) => id !== undefined).length !== 1)
      throw badRequest('Exactly one of FileSystemId, MountTargetId and AccessPointId must be given.');
    if (MountTargetId !== undefined)
      return { MountTargets: [describedMountTarget(deps, neededMountTarget(rows, scope, MountTargetId))] };
    const fileSystemId =
      AccessPointId === undefined
        ? neededFileSystem(rows, scope, FileSystemId ?? '').id
        : neededAccessPoint(rows, scope, AccessPointId).fileSystemId;
    const page = pageOf(
      (options) => db.table(mountTargets).page('fileSystem', fileSystemText({ ...scope, fileSystemId }), options),
      { size: input.MaxItems, marker },
    );
    return {
      MountTargets: page.rows.map(({ row }) => describedMountTarget(deps, row)),
      ...(marker === undefined ? {} : { Marker: marker }),
      ...(page.next === undefined ? {} : { NextMarker: page.next }),
    };
  };
}

/** https://docs.aws.amazon.com/efs/latest/ug/API_DeleteMountTarget.html */
export function deleteMountTarget({ db, network }: EfsDeps): EfsHandler<'DeleteMountTarget'> {
  return async ({ MountTargetId: id }, context) => {
    const scope = scopeOf(context);
    await db.transact((tx) => {
      const row = neededMountTarget(tx, scope, id);
      network.removeInterface(tx, scope, row.networkInterfaceId);
      tx.delete(mountTargets, mountTargetKey(scope, id));
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/efs/latest/ug/API_DescribeMountTargetSecurityGroups.html */
export function describeMountTargetSecurityGroups({ db }: EfsDeps): EfsHandler<'DescribeMountTargetSecurityGroups'> {
  return ({ MountTargetId: id }, context) => ({
    SecurityGroups: neededMountTarget(presentRows(db), scopeOf(context), id).securityGroupIds,
  });
}

/** https://docs.aws.amazon.com/efs/latest/ug/API_ModifyMountTargetSecurityGroups.html */
export function modifyMountTargetSecurityGroups({
  db,
  network,
}: EfsDeps): EfsHandler<'ModifyMountTargetSecurityGroups'> {
  return async ({ MountTargetId: id, SecurityGroups: given }, context) => {
    const scope = scopeOf(context);
    await db.transact((tx) => {
      const row = neededMountTarget(tx, scope, id);
      const securityGroupIds = securityGroupsIn(network, { scope, vpcId: row.vpcId, given });
      network.setSecurityGroups(tx, scope, row.networkInterfaceId, securityGroupIds);
      tx.put(mountTargets, mountTargetKey(scope, id), { ...row, securityGroupIds });
    });
    return {};
  };
}
