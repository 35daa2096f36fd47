// What the page says in Chinese and English but for the reasons, whose texts are the service's (reasons.js).

const TEXTS = {
  language: ["English", "中文"],
  sound: ["声音", "Sound"],
  title: ["最后一米 · 卡口", "Last Metre · Gate"],
  enrolment: ["登记本设备", "Enrol this device"],
  code: ["一次性登记码", "One-time code"],
  enrol: ["登记", "Enrol"],
  token_instead: ["使用令牌", "Use a token instead"],
  gate: ["卡口编号", "Gate"],
  token: ["令牌", "Token"],
  scan_here: ["扫码或输入", "Scan or type here"],
  temperature: ["体温 ℃", "Temp. °C"],
  direction: ["方向", "Direction"],
  in: ["进", "In"],
  out: ["出", "Out"],
  mask: ["口罩", "Mask"],
  mask_unknown: ["未查看", "Not looked at"],
  mask_yes: ["已佩戴", "Worn"],
  mask_no: ["未佩戴", "Missing"],
  check: ["核验", "Check"],
  camera: ["摄像头", "Camera"],
  camera_failed: ["摄像头无法使用：请在浏览器中允许，或改用扫码枪", "The camera does not work: allow it in the browser, or use a scanner"],
  allow: ["放行", "PASS"],
  deny: ["禁止通行", "STOP"],
  recheck: ["人工核验", "CHECK"],
  allow_away: ["离线放行", "PASS offline"],
  checking: ["核验中", "Checking"],
  ready: ["请扫码", "Ready"],
  ready_hint: ["扫码枪、键盘均可，光标在哪里都行", "Scan or type, wherever the cursor is"],
  not_taken: ["未读取", "Not read"],
  verdict: ["核验结果", "Verdict"],
  live: ["在线", "live"],
  cached: ["离线名单", "own list"],
  offline: ["离线", "cut off"],
  online: ["已连接", "connected"],
  cut_off: ["未连接", "not connected"],
  connecting: ["连接中…", "connecting…"],
  band_unknown: ["连接中…", "Connecting…"],
  band_online: ["在线 · 由服务器核验", "Online · the service decides"],
  band_offline: ["离线！由本机核验，稍后自动上传", "OFFLINE! This device decides"],
  age: ["名单时效", "list age"],
  no_list: ["无名单", "no list yet"],
  unsent: ["未上传", "unsent"],
  not_recorded: ["未记录！请手工登记", "NOT RECORDED: write it down"],
  unread: ["未读取", "Not read"],
  not_read: ["无法识别，请重新扫描", "Not read: scan again"],
  compare: ["请核对", "compare"],
  born: ["{} 年生", "born {}"],
  went_out: ["本户已外出", "of this household, out already:"],
  no_name: ["离线不显示姓名", "Offline: no name"],
  no_temperature: ["不是有效体温（℃），请重新测量", "Not a body temperature in °C: measure again"],
  recent: ["最近核验", "Last scans"],
  nothing_yet: ["尚无记录", "No scans yet"],
  before: ["前一位", "The one before"],
  kind_code: ["健康码", "code"],
  kind_card: ["卡", "card"],
  kind_id_number: ["身份证", "ID number"],
  kind_visitor: ["访客单", "slip"],
  kind_plate: ["车辆", "vehicle"],
  kind_unread: ["无效输入", "no credential"],
  kind_none: ["未出示证件", "no credential"],
  vehicle: ["车辆 {}", "Vehicle {}"],
  vehicle_hint: ["请车内人员逐一扫码，扫完按“完成”", "Everyone on board shows a code: next, next, Done"],
  on_board: ["车内 {} 人", "{} on board"],
  person_on_board: ["车内第 {} 人", "On board, no. {}:"],
  vehicle_measured: ["体温、口罩填司机的", "Temperature and mask are the driver's"],
  done: ["完成", "Done"],
  cancel: ["放弃", "Cancel"],
  close: ["关闭", "Close"],
  full: ["一车最多 60 人，请先按“完成”", "A vehicle holds at most 60 people: press Done"],
  emergency: ["紧急放行", "Emergency"],
  emergency_hint: ["情况紧急时不论判定先放行。该次放行会记录，办公室须在 24 小时内复核。", "Lets the person pass whatever the verdict. It is recorded, and the office reviews it within 24 hours."],
  emergency_who: ["放行对象", "Who passes"],
  medical_emergency: ["医疗急救", "Medical emergency"],
  fire: ["火情", "Fire"],
  police: ["公安", "Police"],
  let_pass: ["放行", "Let pass"],
  visitor: ["访客登记", "Visitor"],
  visitor_hint: ["在线登记后得到访客单，下次凭单通行。扫身份证号、车牌可直接填入。", "Gives a slip for the next times. An ID number or a plate that is scanned goes into its field."],
  name: ["姓名", "Name"],
  phone: ["手机号", "Phone"],
  purpose: ["事由", "Purpose"],
  visit: ["探访", "Visit"],
  delivery: ["送货", "Delivery"],
  repair: ["维修", "Repair"],
  official: ["公务", "Official"],
  other: ["其他", "Other"],
  id_number: ["身份证号（可不填）", "ID number (optional)"],
  plate: ["车牌（可不填）", "Plate (optional)"],
  hours: ["有效时间", "Valid for"],
  hours_2: ["2 小时", "2 hours"],
  hours_8: ["8 小时", "8 hours"],
  hours_24: ["24 小时", "24 hours"],
  register: ["登记", "Register"],
  registering: ["登记中…", "Registering…"],
  slip: ["访客单", "Slip"],
  check_slip: ["核验此访客", "Check this visitor"],
  away_visitor: ["离线不能登记访客：请用纸质登记", "Offline: write the visitor down on paper"],
  clock_slow: ["本机时钟慢 {}，已按服务时间校正，请校准", "This device's clock is {} slow: times are corrected; set the clock"],
  clock_fast: ["本机时钟快 {}，已按服务时间校正，请校准", "This device's clock is {} fast: times are corrected; set the clock"],
  clock_in_doubt: [
    "本机时钟可能被改动或已复位，连上服务前时间不可靠，请校准",
    "This device's clock may have been changed or reset: times are not sure until the service answers; set the clock",
  ],
  clock: ["秒 分 时 天", "s min h d"],
};

let at = 0;

export function speak(language) {
  at = language === "en" ? 1 : 0;
  document.documentElement.lang = at ? "en" : "zh-CN";
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
}

export const say = (name, ...given) => given.reduce((text, one) => text.replace("{}", one), TEXTS[name][at]);

export const both = (name) => TEXTS[name];

export const one = (pair) => pair[at];

export function inWords(seconds) {
  const units = say("clock").split(" ");
  const [size, unit] = [[86400, 3], [3600, 2], [60, 1], [1, 0]].find(([size]) => seconds >= size) || [1, 0];
  return `${Math.max(0, Math.floor(seconds / size))} ${units[unit]}`;
}
