import type { Database } from '../../../store/index.ts';
import type { Ids } from '../../../kernel/index.ts';
import type { ConnectNamespaces, InstanceRegistrar, TargetRegistrar, TaskVolumes } from '../ports.ts';

/** What the actions on services stand on. */
export interface ServiceDeps {
  readonly db: Database;
  readonly ids: Ids;
  readonly targets: TargetRegistrar;
  readonly registrar: InstanceRegistrar;
  readonly volumes: TaskVolumes;
  readonly namespaces: ConnectNamespaces;
}
