// Leads a client's own process to the sandbox: every TCP connection to a vendor's host name goes to its port instead,
// one to any other name is refused. CONFORMANCE_HOSTS maps a host name to a port on the loopback address (JSON).
import net from "node:net";

const ports = JSON.parse(process.env.CONFORMANCE_HOSTS ?? "{}");
const connect = net.Socket.prototype.connect;

function led(options) {
  const name = options.host ?? "localhost";
  if (options.path || name === "localhost" || name === "127.0.0.1") return { ...options, host: "127.0.0.1" };
  if (!(name in ports)) throw new Error(`conformance: ${name} is no host of the sandbox`);
  return { ...options, host: "127.0.0.1", port: ports[name] };
}

net.Socket.prototype.connect = function (...args) {
  // net.connect hands over its normalized arguments as one array
  const [first, ...rest] = Array.isArray(args[0]) ? args[0] : args;
  const options = typeof first === "object" ? first : { port: first, host: typeof rest[0] === "string" ? rest[0] : undefined };
  const listener = rest.find((each) => typeof each === "function");
  return connect.call(this, led(options), ...(listener ? [listener] : []));
};
