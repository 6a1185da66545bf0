/** What a command has to say, in both of its forms. */
export interface Said {
  readonly text: string;
  /** One line each. */
  readonly json: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[];
}
