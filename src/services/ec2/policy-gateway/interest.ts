/** Says which things a machine's picture is made of, by their ids. */
export interface Interest {
  add(id: string): void;
  remove(id: string): void;
}
