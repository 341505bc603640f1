import { ROLES } from '#core/contract/can.ts'
import { RIGHTS } from '#core/contract/keys.ts'

export const HELP = `bangtin keys: khóa gốc, sổ khóa, người và tài khoản của một tỉnh · root key, key registry, people and accounts of a province

Trên máy ngoại tuyến · on a machine without a network:
  bangtin keys init --dir DIR --province 12 [--type | --passphrase-file FILE]
      tạo khóa gốc và sổ khóa phiên bản 1 · makes the root key and registry version 1
      mật ngữ được tạo ra, hoặc tự nhập (--type, từ 16 ký tự) · a passphrase is made, or typed (16 characters or more)
  bangtin keys person --dir DIR --user U --name "HỌ TÊN" --org ORG --rights R,R --areas A,A [--roles R,R] [--from D --to D] [--replace]
      tạo khóa ký của một người, ký phiên bản sổ khóa mới · makes a person's signing key and signs the next registry version
      không có --rights: chỉ có tài khoản, cần --roles · without --rights: an account only, --roles is needed
      --replace: khóa mới thay khóa cũ (mất mật ngữ, đổi quyền) · a new key in place of the old one
  bangtin keys revoke --dir DIR --user U [--keep-past]
      rút khóa: mọi thứ người đó đã ký thành vô hiệu (nghi lộ khóa) · takes the key out: all they signed is void (a key may be stolen)
      --keep-past: chỉ hết hiệu lực từ bây giờ (thôi việc) · ends it from now on, what they signed stays good (they left)
  bangtin keys list --dir DIR

Tại máy chủ trung tâm · on the hub's machine (chép DIR/for-hub sang; khóa gốc ở lại · carry DIR/for-hub there; the root key stays):
  bangtin keys install --dir DIR --hub DATADIR [--sites sites.json] [--orgs orgs.json] [--admin USER]
      cài sổ khóa, khóa đã bọc, tài khoản (mật khẩu đầu in một lần), danh bạ cụm; từ chối sổ khóa cũ hơn
      installs registry, wrapped keys, accounts (first passwords printed once), clusters; refuses an older registry
      trung tâm dừng hay đang chạy đều được: đang chạy thì "systemctl reload bangtin-hub" (SIGHUP) nạp sổ khóa và tài khoản rồi gửi tới các
      cụm đang nối; cụm mới hoặc đổi thì khởi động lại · works with the hub stopped or running: a running one takes registry and accounts up at
      SIGHUP and pushes the registry to connected edges; new or changed clusters need a restart
      --admin USER: tài khoản quản trị ngoài danh sách người · an administrator who is not in DIR
  bangtin keys password --hub DATADIR --user U
      mật khẩu mới khi quên · a new password for whoever forgot theirs
  bangtin keys enrol --hub DATADIR --site ID [--minutes 60]
      mã một lần để thiết bị của cụm đăng ký · a one-time code with which the cluster's device enrols

  --rights   ${RIGHTS.join(', ')}
  --roles    ${ROLES.join(', ')}
             mặc định theo quyền ký · default: what the rights need
  --areas    mã tỉnh 2 số (cả tỉnh) hoặc mã xã 5 số · the province's two digits (all of it) or communes' five
  --from --to  ngày, tính cả hai; mặc định hôm nay, hai năm · days, both included; default today, two years
  --passphrase-file FILE   mật ngữ khóa gốc, dòng đầu; "-" là đầu vào chuẩn; không có thì hỏi · root passphrase; else asked for
  --json     một dòng JSON · one line of JSON

Mã thoát · exit: 0 tốt · fine; 1 có lỗi · something is wrong; 2 dùng sai · bad usage
`
