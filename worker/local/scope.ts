/** Why work is ended that was cancelled. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
    this.name = 'Cancelled';
  }
}

/** Work that can be cancelled as a whole, with all that is begun inside it. */
export class Scope {
  #cancelled = false;
  readonly #heirs = new Set<() => void>();

  /** `outer`: its cancellation is this one's, too; null for work that nothing reaches. */
  constructor(outer: Scope | null) {
    if (outer === null) return;
    if (outer.cancelled) this.#cancelled = true;
    else outer.onCancel(() => this.cancel());
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    for (const heir of this.#heirs) heir();
    this.#heirs.clear();
  }

  /** Called once when it is cancelled; answers how to call that off. */
  onCancel(heir: () => void): () => void {
    this.#heirs.add(heir);
    return () => this.#heirs.delete(heir);
  }

  /** @throws Cancelled */
  check(): void {
    if (this.#cancelled) throw new Cancelled();
  }
}
