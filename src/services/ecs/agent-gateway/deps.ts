import type { TaskDeps } from '../tasks/deps.ts';
import type { FileSystemMounts, RoleCredentials, TaskWays } from '../ports.ts';

/** What the gateway stands on. */
export interface GatewayDeps extends TaskDeps {
  readonly roleCredentials: RoleCredentials;
  readonly fileSystems: FileSystemMounts;
  readonly ways: TaskWays;
}
