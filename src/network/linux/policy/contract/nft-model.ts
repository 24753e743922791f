/** What nft's commands do to a table, as far as the enforcer uses them, refusing what the kernel refuses. */
export class NftModel {
  readonly chains = new Map<string, string[]>();
  readonly sets = new Map<string, Map<string, string>>();

  run(commands: readonly string[]): void {
    for (const command of commands) this.#one(command);
    this.#checkReferences();
  }

  /** The same for tables that judge the same. */
  get state(): object {
    const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] =>
      [...map].toSorted(([a], [b]) => a.localeCompare(b));
    return {
      chains: Object.fromEntries(sorted(this.chains)),
      sets: Object.fromEntries(
        sorted(this.sets).map(([name, elements]) => [name, Object.fromEntries(sorted(elements))]),
      ),
    };
  }

  #one(command: string): void {
    const [, verb = '', kind = '', name = '', rest = ''] =
      /^(add|delete|flush) (table|set|map|chain|rule|element) inet \S+ ?(\S*) ?(.*)$/.exec(command) ?? [];
    switch (`${verb} ${kind}`) {
      case 'add table':
        return;
      case 'delete table':
        this.chains.clear();
        return this.sets.clear();
      case 'add set':
      case 'add map':
        return isNew(this.sets, name, new Map());
      case 'delete set':
        this.#checkUnused(`@${name}`);
        return gone(this.sets, name);
      case 'add chain':
        return isNew(this.chains, name, []);
      case 'flush chain':
        this.chain(name).length = 0;
        return;
      case 'delete chain':
        if (this.chain(name).length > 0) throw new Error(`chain ${name} is not empty`);
        this.#checkUnused(` ${name}`);
        return gone(this.chains, name);
      case 'add rule':
        this.chain(name).push(rest);
        return;
      case 'add element':
        for (const element of elementsIn(rest)) {
          const [key = '', value = ''] = element.split(' : ');
          isNew(this.#set(name), key, value);
        }
        return;
      case 'delete element':
        for (const key of elementsIn(rest)) gone(this.#set(name), key);
        return;
      default:
        throw new Error(`no such command: ${command}`);
    }
  }

  chain(name: string): string[] {
    const found = this.chains.get(name);
    if (found === undefined) throw new Error(`no chain ${name}`);
    return found;
  }

  #set(name: string): Map<string, string> {
    const found = this.sets.get(name);
    if (found === undefined) throw new Error(`no set ${name}`);
    return found;
  }

  #texts(): readonly string[] {
    const verdicts = [...this.sets.values()].flatMap((elements) => [...elements.values()]);
    return [...[...this.chains.values()].flat(), ...verdicts].map((text) => ` ${text} `);
  }

  #checkUnused(reference: string): void {
    const user = this.#texts().find((text) => text.includes(`${reference} `));
    if (user !== undefined) throw new Error(`${reference} is still used by "${user}"`);
  }

  #checkReferences(): void {
    for (const text of this.#texts()) {
      for (const [, name = ''] of text.matchAll(/(?:jump|goto) (\S+)/g)) this.chain(name);
      for (const [, name = ''] of text.matchAll(/@(\S+)/g)) this.#set(name);
    }
  }
}

function elementsIn(text: string): readonly string[] {
  return text.replace(/^\{ | \}$/g, '').split(', ');
}

function isNew<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.has(key)) throw new Error(`${key} is there already`);
  map.set(key, value);
}

function gone(map: Map<string, unknown>, key: string): void {
  if (!map.delete(key)) throw new Error(`${key} is not there`);
}
