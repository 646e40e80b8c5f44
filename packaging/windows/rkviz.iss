; Inno Setup 6: iscc /DVersion=1.2.3 /Odist packaging\windows\rkviz.iss
; For one user and without administrator rights, unless the user chooses otherwise.
#ifndef Version
  #error Say which version: /DVersion=1.2.3 (build_desktop.py does)
#endif

[Setup]
AppId={{5B0C1B7E-3F0B-4A2B-9C39-6E2B6E0D7A11}
AppName=rkviz
AppVersion={#Version}
AppPublisher=The rkviz authors
VersionInfoVersion={#Version}
DefaultDirName={autopf}\rkviz
DisableProgramGroupPage=yes
DisableDirPage=auto
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
OutputBaseFilename=rkviz-{#Version}-setup
SetupIconFile=..\..\build\icons\rkviz.ico
UninstallDisplayIcon={app}\rkviz-window.exe
LicenseFile=..\..\LICENSE
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
ChangesAssociations=yes
ChangesEnvironment=yes
CloseApplications=yes
ShowLanguageDialog=auto

[Languages]
Name: "english"; MessagesFile: "compiler:Default.isl"
Name: "chinese"; MessagesFile: "compiler:Default.isl,chinese.isl"

[CustomMessages]
english.AssociateProjects=Open .rkviz projects with rkviz
chinese.AssociateProjects=用 rkviz 打开 .rkviz 工程
english.AddToPath=Add the rkviz command to PATH
chinese.AddToPath=将 rkviz 命令添加到 PATH
english.ProjectType=rkviz project
chinese.ProjectType=rkviz 工程
english.DesktopIcon=Create a desktop shortcut
chinese.DesktopIcon=创建桌面快捷方式
english.StartNow=Start rkviz
chinese.StartNow=启动 rkviz

[Tasks]
Name: "associate"; Description: "{cm:AssociateProjects}"
Name: "path"; Description: "{cm:AddToPath}"; Flags: unchecked
Name: "desktop"; Description: "{cm:DesktopIcon}"; Flags: unchecked

[InstallDelete]
; What an earlier version had and this one has not must not be found by it.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\build\package\rkviz\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{autoprograms}\rkviz"; Filename: "{app}\rkviz-window.exe"
Name: "{autodesktop}\rkviz"; Filename: "{app}\rkviz-window.exe"; Tasks: desktop

[Registry]
Root: HKA; Subkey: "Software\Classes\.rkviz\OpenWithProgids"; ValueType: string; ValueName: "rkviz.Project"; ValueData: ""; Flags: uninsdeletevalue; Tasks: associate
Root: HKA; Subkey: "Software\Classes\.rkviz"; ValueType: string; ValueName: ""; ValueData: "rkviz.Project"; Flags: uninsdeletevalue uninsdeletekeyifempty; Tasks: associate
Root: HKA; Subkey: "Software\Classes\rkviz.Project"; ValueType: string; ValueName: ""; ValueData: "{cm:ProjectType}"; Flags: uninsdeletekey; Tasks: associate
Root: HKA; Subkey: "Software\Classes\rkviz.Project\DefaultIcon"; ValueType: string; ValueName: ""; ValueData: "{app}\rkviz-window.exe,0"; Tasks: associate
Root: HKA; Subkey: "Software\Classes\rkviz.Project\shell\open\command"; ValueType: string; ValueName: ""; ValueData: """{app}\rkviz-window.exe"" ""%1"""; Tasks: associate
Root: HKA; Subkey: "Software\Classes\Applications\rkviz-window.exe\SupportedTypes"; ValueType: string; ValueName: ".onnx"; ValueData: ""; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\rkviz-window.exe\SupportedTypes"; ValueType: string; ValueName: ".tflite"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\Applications\rkviz-window.exe\SupportedTypes"; ValueType: string; ValueName: ".rknn"; ValueData: ""
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Check: IsNotOnPath; Tasks: path

[Run]
Filename: "{app}\rkviz-window.exe"; Description: "{cm:StartNow}"; Flags: nowait postinstall skipifsilent

[UninstallDelete]
; Never {app} itself: the user may have chosen a folder that holds other things.
Type: filesandordirs; Name: "{app}\_internal"

[Code]
function PathOf(): String;
begin
  if not RegQueryStringValue(HKCU, 'Environment', 'Path', Result) then
    Result := '';
end;

function IsNotOnPath(): Boolean;
begin
  Result := Pos(';' + Lowercase(ExpandConstant('{app}')) + ';', ';' + Lowercase(PathOf()) + ';') = 0;
end;

{ The installer only appends to PATH; this takes out what it appended. }
procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
var
  Path, Folder: String;
  At: Integer;
begin
  if CurUninstallStep <> usPostUninstall then
    exit;
  Path := ';' + PathOf() + ';';
  Folder := ';' + ExpandConstant('{app}') + ';';
  At := Pos(Lowercase(Folder), Lowercase(Path));
  if At = 0 then
    exit;
  Delete(Path, At, Length(Folder) - 1);
  Path := Copy(Path, 2, Length(Path) - 2);
  RegWriteExpandStringValue(HKCU, 'Environment', 'Path', Path);
end;
