// Run by mongosh at every start: makes the one-node replica set that transactions need, and one user a service, who can
// read and write that service's database, and read and add to its log of acts, and nothing else. Doing it again changes nothing, but for a password that has
// changed in .env: it is changed here too.
const services = process.env.SERVICES.split(" ");
const password = (name) => process.env[`${name.toUpperCase()}_PASSWORD`];

const root = `root:${encodeURIComponent(password("root"))}`;
const admin = connect(`mongodb://${root}@mongo:27017/admin?directConnection=true`);

try {
  admin.adminCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  admin.adminCommand({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: "mongo:27017" }] } });
}
while (!admin.hello().isWritablePrimary) sleep(200);

const actions = process.env.LOG_ACTIONS.split(" ");
for (const name of services) {
  const log = `${name}-log`;
  const privileges = [{ resource: { db: `${name}_log`, collection: "" }, actions }];
  if (admin.getRole(log)) admin.updateRole(log, { privileges, roles: [] });
  else admin.createRole({ role: log, privileges, roles: [] });
  const own = admin.getSiblingDB(name);
  const user = { pwd: password(name), roles: [{ role: "readWrite", db: name }, { role: log, db: "admin" }] };
  if (own.getUser(name)) own.updateUser(name, user);
  else own.createUser({ user: name, ...user });
}
