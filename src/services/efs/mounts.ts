import type { Database } from '../../store/index.ts';
import { presentRows } from './core.ts';
import type { ClientAccessQuestion, FileSystemPolicies, InterfaceReaches, MountAnswer, MountRequest } from './ports.ts';
import { accessPointArn, accessPointKey, accessPoints, type AccessPointRecord } from './records/access-point.ts';
import { fileSystemArn, fileSystemKey, fileSystems, type FileSystemRecord } from './records/file-system.ts';
import { fileSystemText, mountTargets, type MountTargetRecord } from './records/mount-target.ts';

/** In effect while a file system has no policy of its own. https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html */
const defaultPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: ['elasticfilesystem:ClientRootAccess', 'elasticfilesystem:ClientWrite', 'elasticfilesystem:ClientMount'],
    },
  ],
});

/** A VPC has few zones, and a file system at most one mount target in each. */
const maxMountTargets = 100;
const nfsPort = 2049;

/** Decides what a task that mounts a file system gets, at the time it is sent to its agent. */
export function fileSystemMounts(
  db: Database,
  policies: FileSystemPolicies,
  reaches: InterfaceReaches,
): (request: MountRequest) => MountAnswer {
  return (request) => {
    const { scope, fileSystemId, accessPointId, rootDirectory, encrypted } = request;
    const rows = presentRows(db);
    const host = `${fileSystemId}.efs.${scope.region}.amazonaws.com`;
    const fileSystem = rows.get(fileSystems, fileSystemKey(scope, fileSystemId));
    const target = mountTargetOf(db, request);
    if (fileSystem?.state !== 'available' || target === undefined) return { refusal: unresolved(host) };
    if (!isReached(target, request, reaches)) return { refusal: unreached(encrypted) };
    const denied = {
      refusal: `b'mount.nfs4: access denied by server while mounting ${encrypted ? '127.0.0.1' : host}:/'`,
    };
    const point =
      accessPointId === undefined ? undefined : rows.get(accessPoints, accessPointKey(scope, accessPointId));
    if (accessPointId !== undefined && point?.fileSystemId !== fileSystemId) return denied;
    const access = policies.access(accessQuestion(request, fileSystem, point));
    if (!access.mount) return denied;
    if (!access.root && point?.posixUser === undefined) {
      return {
        refusal: `${fileSystemId} does not allow elasticfilesystem:ClientRootAccess, and root cannot be kept out without an access point that has a PosixUser: not implemented by Longshore`,
      };
    }
    return {
      account: scope.account,
      rootDirectory: point?.path ?? rootDirectory,
      ...(point?.creationInfo === undefined ? {} : { creationInfo: point.creationInfo }),
      ...(point?.posixUser === undefined ? {} : { posixUser: point.posixUser }),
      readOnly: !access.write,
    };
  };
}

function accessQuestion(
  { scope, iam, encrypted }: MountRequest,
  fileSystem: FileSystemRecord,
  point: AccessPointRecord | undefined,
): ClientAccessQuestion {
  return {
    account: scope.account,
    fileSystemArn: fileSystemArn(fileSystem),
    ...(point === undefined ? {} : { accessPointArn: accessPointArn(point) }),
    ...(iam?.roleArn === undefined ? {} : { roleArn: iam.roleArn }),
    sessionName: iam?.sessionName ?? '',
    policy: fileSystem.policy ?? defaultPolicy,
    encrypted,
  };
}

/** AWS resolves a file system's name to the mount target in the zone of who asks. */
function mountTargetOf(
  db: Database,
  { scope, fileSystemId, vpcId, availabilityZone }: MountRequest,
): MountTargetRecord | undefined {
  const { rows } = db.table(mountTargets).page('fileSystem', fileSystemText({ ...scope, fileSystemId }), {
    limit: maxMountTargets,
  });
  return rows.find(
    ({ row }) =>
      (vpcId === undefined || row.vpcId === vpcId) &&
      (availabilityZone === undefined || row.availabilityZone === availabilityZone),
  )?.row;
}

/** By the security groups of both, and the network ACLs between them. */
function isReached(
  target: MountTargetRecord,
  { scope, networkInterfaceId }: MountRequest,
  reaches: InterfaceReaches,
): boolean {
  return networkInterfaceId === undefined || reaches(scope, networkInterfaceId, target.networkInterfaceId, nfsPort);
}

/** An encrypted mount is one of a local tunnel, which is cut when it comes to nothing. */
function unreached(encrypted: boolean): string {
  return `b'mount.nfs4: Connection ${encrypted ? 'reset by peer' : 'timed out'}'`;
}

function unresolved(host: string): string {
  return `Failed to resolve "${host}" - check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this file system ID. See https://docs.aws.amazon.com/console/efs/mount-dns-name for more detail.`;
}
