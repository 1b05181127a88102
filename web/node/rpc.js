// The control protocol (docs/rpc.md), JSON-RPC 2.0. Nothing else is asked of the node.
const path = "../rpc";
let session;
let last = 0;

export class RpcError extends Error {}

/// What the page comes with, so that the first question is not refused.
async function firstSession() {
  const answer = await fetch("rpc.js", { method: "HEAD", cache: "no-store" });
  return answer.headers.get("X-Transmission-Session-Id") || "";
}

async function post(text) {
  session ??= await firstSession();
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Transmission-Session-Id": session },
    body: text,
    cache: "no-store",
  });
  const given = answer.headers.get("X-Transmission-Session-Id");
  if (answer.status === 409 && given && given !== session) {
    session = given; // of a daemon that was started anew
    return post(text);
  }
  return answer;
}

/// Several questions at once: the answers in their order, each a value or an RpcError.
export async function callAll(questions) {
  const asked = questions.map(([method, params = {}]) => ({ jsonrpc: "2.0", id: ++last, method, params }));
  const answer = await post(JSON.stringify(asked));
  if (answer.status === 401) throw new RpcError("The password is missing or wrong. Reload the page to enter it.");
  if (answer.status === 429) throw new RpcError("Too many wrong passwords. Wait a while, then reload the page.");
  if (!answer.ok) throw new RpcError(`The node answered ${answer.status}.`);
  const given = new Map((await answer.json()).map((one) => [one.id, one]));
  return asked.map(({ id }) => {
    const { result, error } = given.get(id) || { error: { message: "no answer" } };
    return error ? new RpcError(error.data?.error_string || error.message) : result;
  });
}

export async function call(method, params) {
  const [answer] = await callAll([[method, params]]);
  if (answer instanceof RpcError) throw answer;
  return answer;
}
