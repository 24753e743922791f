import type { IamRoleCredentials } from '../../agent-protocol/index.ts';

export type RoleType = 'TaskApplication' | 'TaskExecution';

export interface StoredCredentials {
  readonly taskArn: string;
  readonly roleType: RoleType;
  /** Absent: the id is in a container's environment, and the control plane has not sent the credentials yet. */
  readonly credentials?: IamRoleCredentials;
}

/** Role credentials of tasks, in memory only: they never touch the disk, and are sent again after a restart of the agent. */
export class CredentialsStore {
  readonly #byId = new Map<string, StoredCredentials>();
  readonly #waiting = new Map<string, (() => void)[]>();

  put(taskArn: string, roleType: RoleType, credentials: IamRoleCredentials): void {
    this.#byId.set(credentials.credentialsId, { taskArn, roleType, credentials });
    for (const wake of this.#waiting.get(credentials.credentialsId) ?? []) wake();
    this.#waiting.delete(credentials.credentialsId);
  }

  /** Notes an id that a container already knows, after a restart. */
  expect(taskArn: string, roleType: RoleType, credentialsId: string): void {
    if (!this.#byId.has(credentialsId)) this.#byId.set(credentialsId, { taskArn, roleType });
  }

  get(credentialsId: string): StoredCredentials | undefined {
    return this.#byId.get(credentialsId);
  }

  /** Resolves when the credentials with this id are there. */
  arrival(credentialsId: string): Promise<void> {
    if (this.#byId.get(credentialsId)?.credentials !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(credentialsId, [...(this.#waiting.get(credentialsId) ?? []), resolve]);
    });
  }

  forgetTask(taskArn: string): void {
    for (const [id, stored] of this.#byId) {
      if (stored.taskArn !== taskArn) continue;
      this.#byId.delete(id);
      this.#waiting.delete(id);
    }
  }
}
