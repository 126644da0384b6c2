/** Who calls, and where. */
export interface CallContext {
  /** From the header `dbname`, or from `db_name` of the request where there is none. */
  readonly database: string;
  readonly user: string | undefined;
}

/**
 * Answers one RPC without its status, or throws SimError or GrpcError. The descriptor decides the shape of the request and
 * each handler says it: `never` lets every such handler into the table.
 */
export type Handler = (request: never, context: CallContext) => object | Promise<object>;

/** By name of the RPC. */
export type Handlers = Readonly<Record<string, Handler>>;
