import type { FaultId } from '#core/contract/faults.ts'

/** What a technician can do at the board. `deploy/RUNBOOK.md` says more under the same id. */
export const HINTS: { readonly [F in FaultId]: { readonly vi: string; readonly en: string } } = {
  'config-invalid': {
    vi: 'Sửa tệp cấu hình theo dòng báo lỗi rồi khởi động lại.',
    en: 'Correct the configuration as the message says, then restart.',
  },
  'data-folder-locked': {
    vi: 'Dừng tiến trình đang chạy trước khi khởi động tiến trình mới.',
    en: 'Stop the running daemon before starting another.',
  },
  'disk-full': {
    vi: 'Giải phóng chỗ trên thẻ nhớ hoặc thay thẻ; không xóa thư mục plays.',
    en: 'Free space on the card or replace it; never delete the folder plays.',
  },
  'disk-filling': {
    vi: 'Hẹn ngày thay thẻ nhớ lớn hơn hoặc bớt nội dung; xem `bangtin playlog budget`. Không xóa thư mục plays.',
    en: 'Arrange a larger card or less content; see `bangtin playlog budget`. Never delete the folder plays.',
  },
  'playlog-damaged': {
    vi: 'Giữ nguyên thẻ nhớ, báo trung tâm; đây là bằng chứng.',
    en: 'Leave the card as it is and tell the centre; it is evidence.',
  },
  'display-lost': {
    vi: 'Kiểm tra nguồn và cáp điều khiển của bộ điều khiển màn hình.',
    en: 'Check power and control cable of the display controller.',
  },
  'display-contradicts': {
    vi: 'Có người hoặc phần mềm khác đang đổi thiết đặt của bộ điều khiển.',
    en: 'Somebody or some other software changes the controller’s settings.',
  },
  'display-flapping': {
    vi: 'Tìm phần mềm hoặc người đang đổi thiết đặt (NovaLCT, remote); nếu không có, bộ điều khiển hoặc nguồn sắp hỏng.',
    en: 'Find the software or person changing settings (NovaLCT, a remote); if there is none, controller or supply is failing.',
  },
  'power-failed': {
    vi: 'Xem bước nào hỏng: công tắc tơ, tiếp điểm phản hồi, rơ-le hay bộ phát; đo trước khi đóng tay.',
    en: 'See which step failed: contactor, feedback contact, relay or sender; measure before closing anything by hand.',
  },
  'power-interlock': {
    vi: 'Tìm nguyên nhân trước (khói, cửa, nhiệt độ); nguồn tự lên lại khi khóa hết cấm.',
    en: 'Find the cause first (smoke, door, heat); power comes back by itself when the interlock lets it.',
  },
  'equipment-lost': {
    vi: 'Kiểm tra nguồn, dây A/B và địa chỉ của thiết bị phụ trợ.',
    en: 'Check power, wires A/B and address of the device.',
  },
  'smoke-detected': {
    vi: 'Cắt điện tủ màn hình, kiểm tra cháy; không bật lại khi chưa rõ.',
    en: 'Cut the power of the cabinet and look for fire; do not switch on before it is clear.',
  },
  'door-open': {
    vi: 'Đóng và khóa cửa tủ; nếu không phải người của mình, báo trung tâm.',
    en: 'Close and lock the cabinet; if it was none of us, tell the centre.',
  },
  'hardware-failure': {
    vi: 'Xem thiết bị nào báo hỏng (quạt, đèn, cáp dẹt) và thay.',
    en: 'See which part reports it (fan, lamp, ribbon cable) and replace it.',
  },
  'no-signal': {
    vi: 'Kiểm tra cáp hình (HDMI/DVI) từ máy phát đến bộ điều khiển.',
    en: 'Check the picture cable (HDMI/DVI) to the controller.',
  },
  'over-temperature': {
    vi: 'Kiểm tra quạt và lưới gió của tủ màn hình.',
    en: 'Check the cabinet’s fans and air filters.',
  },
  'over-temperature-dark': {
    vi: 'Màn hình tự sáng lại khi nguội; kiểm tra quạt, lưới gió, mái che. Lệnh khẩn cấp vẫn chiếu, giảm sáng.',
    en: 'It comes back by itself when cooler; check fans, filters, shade. An emergency is still shown, dimmed.',
  },
  'temperature-unknown': {
    vi: 'Kiểm tra nhiệt kế của tủ hoặc dây của nó; chưa có bảo vệ nhiệt bằng phần mềm cho đến khi có số đo.',
    en: 'Check the cabinet’s thermometer and its wires; until it answers nothing here guards against heat.',
  },
  'mains-lost': {
    vi: 'Hỏi điện lực, xem aptomat tổng; kiểm tra ắc quy và máy phát.',
    en: 'Ask the grid operator, look at the main breaker; check battery and generator.',
  },
  'battery-low': {
    vi: 'Chạy máy phát hoặc đóng điện lưới; máy sẽ tắt đột ngột khi ắc quy cạn.',
    en: 'Start the generator or restore mains; the machine goes off without warning when the battery is empty.',
  },
  'light-sensor-lost': {
    vi: 'Kiểm tra dây và mặt cảm biến ánh sáng; độ sáng tạm theo mặt trời hoặc khung giờ.',
    en: 'Check the sensor’s wires and lens; brightness goes by sun or power window meanwhile.',
  },
  'panel-dark': {
    vi: 'Nhìn tận mắt màn hình: nguồn tấm, cáp dữ liệu, thẻ nhận; rồi mới đến cảm biến.',
    en: 'Look at the panel: its supplies, data cable, receiving cards; only then suspect the sensor.',
  },
  'local-emergency': {
    vi: 'Xem có việc thật không rồi báo trung tâm; trang tự hết khi trả công tắc hoặc hết báo cháy.',
    en: 'See whether it is real and tell the centre; the page ends when the key is turned back or the alarm is over.',
  },
  'local-blank': {
    vi: 'Xâm nhập: giữ nguyên hiện trường, báo trung tâm; xong việc thì bấm “Trả lại hình”. Hết giờ màn hình tự trở lại.',
    en: 'Intrusion: leave everything as it is and tell the centre; when done press “Give back”. It returns by itself in time.',
  },
  'preset-input': {
    vi: 'Kiểm tra cáp công tắc (hai tiếp điểm phải ngược nhau) và thiết bị đọc; đến khi sửa xong công tắc không có tác dụng.',
    en: 'Check the switch’s cable (its two contacts must differ) and the device that reads it; until then it does nothing.',
  },
  'player-lost': {
    vi: 'Trình phát tự khởi động lại; nếu lặp lại, xem nhật ký hệ thống.',
    en: 'The player restarts by itself; if it keeps failing see the system journal.',
  },
  'player-missing': { vi: 'Cài trình phát: apt install mpv', en: 'Install the player: apt install mpv' },
  'clock-untrusted': {
    vi: 'Kiểm tra mạng và pin đồng hồ (RTC); giờ sẽ tự đồng bộ.',
    en: 'Check the network and the clock battery (RTC); time synchronises by itself.',
  },
  'hub-away': {
    vi: 'Kiểm tra đường truyền; màn hình vẫn phát theo lịch đã nhận.',
    en: 'Check the network line; the screen goes on by its schedule.',
  },
  'hub-rejected': {
    vi: 'Xin mã đăng ký mới của trung tâm và đăng ký lại thiết bị.',
    en: 'Ask the centre for a new code and enrol the device again.',
  },
  'signature-refused': {
    vi: 'Báo ngay cho trung tâm: có nội dung hoặc lệnh không hợp lệ.',
    en: 'Tell the centre at once: something with a wrong signature arrived.',
  },
  'content-refused': {
    vi: 'Trung tâm cần xem lý do và phát hành lại lịch.',
    en: 'The centre has to look at the reason and publish again.',
  },
  'asset-missing': {
    vi: 'Đang tải; kiểm tra đường truyền nếu không xong.',
    en: 'Being fetched; check the network line if it does not finish.',
  },
  'floor-at-risk': {
    vi: 'Quảng cáo tạm dừng cho đến khi đủ thời lượng.',
    en: 'Advertising waits until public information has its time.',
  },
  'floor-missed': { vi: 'Ghi lại lý do; trung tâm sẽ báo cáo.', en: 'Note the reason; the centre will report it.' },
  'no-schedule': {
    vi: 'Chờ trung tâm phát hành lịch cho cụm này.',
    en: 'Wait for the centre to publish a schedule for this cluster.',
  },
  undervoltage: {
    vi: 'Thay bộ nguồn đúng loại của máy (Pi 5: 5,1 V 5 A) và dây ngắn hơn; rút thiết bị USB ngốn điện.',
    en: 'Use the maker’s own supply (Pi 5: 5.1 V 5 A) and a shorter cable; unplug what draws much from USB.',
  },
  'disk-errors': {
    vi: 'Chép thư mục plays ra nơi khác ngay rồi thay thẻ nhớ; không sửa đĩa khi chưa chép.',
    en: 'Copy the folder plays elsewhere now, then replace the card; repair nothing before it is copied.',
  },
  'board-hot': {
    vi: 'Kiểm tra quạt và lưới gió của tủ máy, che nắng; máy tự chạy chậm lại từ 80 °C.',
    en: 'Check fan and vents of the box, give it shade; from 80 °C on it slows itself down.',
  },
  'upgrade-rolled-back': {
    vi: 'Cụm vẫn chạy bản cũ. Báo trung tâm dòng lý do; xem `bangtin-upgrade status`.',
    en: 'The cluster runs the version before. Tell the centre the reason given; see `bangtin-upgrade status`.',
  },
  'fonts-missing': {
    vi: 'Cài phông chữ: apt install fonts-noto-core fonts-noto-cjk',
    en: 'Install fonts: apt install fonts-noto-core fonts-noto-cjk',
  },
}
