type Cleanup = () => void;

const pending = new Set<Cleanup>();
let registered = false;

/**
 * Runs `cleanup` when the process exits in an orderly way (also by an uncaught exception), unless the
 * returned function took it back before. It must be synchronous: Node waits for nothing at that point.
 */
export function onExit(cleanup: Cleanup): () => void {
  if (!registered) {
    registered = true;
    process.once('exit', () => {
      for (const one of [...pending].reverse()) one();
    });
  }
  pending.add(cleanup);
  return () => {
    pending.delete(cleanup);
  };
}
