/** How a row of the Go tool's surface stands here. */
export type State = 'works' | 'better' | 'not yet';

export interface Row {
  /** What the Go tool has, in a few words. */
  readonly what: string;
  readonly state: State;
  /** What is different, or why it is not there yet. */
  readonly note?: string;
  /** Names in the code that this row is about; a test compares them with the code. */
  readonly covers?: readonly string[];
}

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Everything about one part of the tool. */
export interface Table {
  readonly title: string;
  /** What the names in `covers` are. */
  readonly intro: string;
  readonly sections: readonly Section[];
}

export const works = (what: string, note?: string, covers?: readonly string[]): Row =>
  row('works', what, note, covers);

export const better = (what: string, note: string, covers?: readonly string[]): Row =>
  row('better', what, note, covers);

export const notYet = (what: string, note: string, covers?: readonly string[]): Row =>
  row('not yet', what, note, covers);

/** For what waits for servers that Milvus 2.3 cannot stand for. */
export const newer = (what: string, version: string, note = '', covers?: readonly string[]): Row =>
  notYet(what, `needs Milvus ≥ ${version}, planned${note === '' ? '' : `; ${note}`}`, covers);

function row(state: State, what: string, note?: string, covers?: readonly string[]): Row {
  return {
    what,
    state,
    ...(note === undefined ? {} : { note }),
    ...(covers === undefined ? {} : { covers }),
  };
}

/** `of('create', '--name', '--filter')` gives `create --name`, `create --filter`. */
export const of = (owner: string, ...names: readonly string[]): readonly string[] =>
  names.map((name) => `${owner} ${name}`);
