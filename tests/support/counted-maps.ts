import type { Connection, Destination, RunConfig, StreamConfig } from '../../runtime/contract/destination.ts';

/** The same destination, which tells of each row that one of its streams maps. */
export const withCountedMaps = <C extends RunConfig>(
  destination: Destination<C>,
  mapped: (stream: string) => void,
): Destination<C> => ({
  ...destination,
  connect: (config, dependencies) => counting(destination.connect(config, dependencies), mapped),
});

function counting<S extends StreamConfig>(connection: Connection<S>, mapped: (stream: string) => void): Connection<S> {
  const open: Connection<S>['open'] = async (stream, ...more) => {
    const opened = await connection.open(stream, ...more);
    const { writer } = opened;
    const map: typeof writer.map = (row) => {
      mapped(stream.name);
      return writer.map(row);
    };
    return { ...opened, writer: { ...writer, map } };
  };
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'open') return open;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
